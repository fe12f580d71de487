import ArgumentParser
import Weir
import WeirStore

struct DeadLettersRetry: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Has tuples that were given up processed again, by the topology's next exactly-once run.",
        discussion: """
            The tuple is read from its source again. The letter stays until the commit in which it was processed, and comes back under a new number \
            should it fail again. Writes to the store, so no other process may hold it for writing. Ends with status 1 when a letter is not there.
            """)

    @OptionGroup var options: StoreOptions
    @OptionGroup var letters: LetterOptions

    func run() throws {
        var waiting = 0
        try options.write { store, _ in
            waiting = try letters.forEach(in: store) { letters, number, transaction in try letters.retry(number, in: &transaction) }
        }
        try letters.report(waiting, "waiting", options)
    }
}
