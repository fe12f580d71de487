import ArgumentParser
import Weir
import WeirStore

struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadletters", abstract: "Shows and handles the tuples that topologies gave up.",
        subcommands: [DeadLettersList.self, DeadLettersRetry.self, DeadLettersDrop.self])
}

/// Which letters of which topology.
struct LetterOptions: ParsableArguments {
    @Argument(help: "The topology's name.")
    var topology: String

    @Argument(help: "The letters' numbers, as `weir deadletters list` shows them.")
    var numbers: [UInt64] = []

    @Flag(help: "All letters of the topology.")
    var all = false

    func validate() throws {
        if numbers.isEmpty != all { throw ValidationError("Give either the letters' numbers or --all.") }
    }

    /// Letters are handled in slices, so that no transaction becomes large.
    static let slice = 1000

    /// Calls `body` once for each letter that is there, each slice in one commit; returns how many there were.
    func forEach(
        in store: Store, _ body: @escaping (DeadLetters, UInt64, inout WriteTransaction) throws -> Bool
    ) throws -> Int {
        let letters = try DeadLetters(store: store, topology: topology)
        let numbers = try all ? store.read { try letterNumbers(letters, $0) } : self.numbers
        var handled = 0
        for start in stride(from: 0, to: numbers.count, by: Self.slice) {
            handled += try store.write { transaction in
                try numbers[start..<min(start + Self.slice, numbers.count)].count { try body(letters, $0, &transaction) }
            }
        }
        return handled
    }

    private func letterNumbers(_ letters: DeadLetters, _ snapshot: borrowing Snapshot) throws -> [UInt64] {
        var numbers: [UInt64] = []
        try letters.scan(in: snapshot) { number, _ in
            numbers.append(number)
            return .next
        }
        return numbers
    }

    /// What was done, and the status that tells a script when a letter was not there.
    func report(_ handled: Int, _ what: String, _ options: StoreOptions) throws {
        try options.print { output in
            try output.record([Field("topology", .text(topology)), Field(what, .count(handled))])
        }
        guard all || handled == Set(numbers).count else {
            throw CommandFailure(
                .failure,
                "\(numbers.count - handled) of \(numbers.count) letters are not there: `weir deadletters list` shows those that are.")
        }
    }
}
