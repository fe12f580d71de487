import ArgumentParser
import Weir
import WeirStore

struct DeadLettersDrop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Removes tuples that were given up, for good.",
        discussion: "Writes to the store, so no other process may hold it for writing. Ends with status 1 when a letter is not there.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var letters: LetterOptions

    func run() throws {
        var dropped = 0
        try options.write { store, _ in
            dropped = try letters.forEach(in: store) { letters, number, transaction in try letters.drop(number, in: &transaction) }
        }
        try letters.report(dropped, "dropped", options)
    }
}
