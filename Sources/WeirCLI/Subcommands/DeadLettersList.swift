import ArgumentParser
import Weir
import WeirStore

struct DeadLettersList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the tuples that were given up: from where, by which component, and why.",
        discussion: "Oldest first in each topology. In JSON the time is milliseconds since 1970, and the row's bytes are there too.")

    @OptionGroup var options: StoreOptions

    @Argument(help: "Only this topology.")
    var topology: String?

    func run() throws {
        try options.read { store, output in
            try DeadLetters.scan(store) { topology, number, letter in
                if self.topology == nil || self.topology == topology {
                    try output.stream(fields(topology, number, letter, output.format))
                }
                return .next
            }
        }
    }

    private func fields(_ topology: String, _ number: UInt64, _ letter: DeadLetter, _ format: OutputFormat) -> [Field] {
        var fields = [
            Field("topology", .text(topology)),
            Field("number", .unsigned(number)),
            Field("time", letter.time.field(format)),
            Field("source", .text(letter.source)),
            Field("partition", .count(letter.partition)),
            Field("offset", .unsigned(letter.offset)),
            Field("component", .text(letter.component)),
            Field("attempts", .count(letter.attempts)),
            Field("retry", .text(letter.awaitsRetry ? "waiting" : "no")),
            Field("reason", .text(letter.reason)),
        ]
        if format == .json {
            fields.append(Field("next", .unsigned(letter.next)))
            fields.append(Field("rowBytes", .unsigned(letter.rowLength)))
            fields.append(Field("row", .bytes(letter.row)))
        }
        return fields
    }
}
