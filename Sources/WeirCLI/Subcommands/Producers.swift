import ArgumentParser
import Weir
import WeirStore

struct Producers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists what is remembered of producers, so that none of their messages has its effect twice.",
        discussion: """
            A row is a registration (it has a name and no partition) or a sequence of one producer in one partition: the number that its next message
            must have, how many of its epoch were accepted, and when the last one came (in JSON: milliseconds since 1970).
            """)

    @OptionGroup var options: StoreOptions

    @Option(name: .long, help: "Only this gate.")
    var gate: String?

    func run() throws {
        // There may be millions: each row goes out as it is read.
        try options.read { store, output in
            try ProducerListing.scan(store) { listing in
                if gate == nil || gate == listing.gate { try output.stream(fields(listing, output.format)) }
                return .next
            }
        }
    }

    private func fields(_ listing: ProducerListing, _ format: OutputFormat) -> [Field] {
        [
            Field("gate", .text(listing.gate)),
            Field("producer", .unsigned(listing.producer)),
            Field("registered", .truth(listing.isRegistered)),
            Field("epoch", .count(listing.epoch)),
            Field("name", .optional(listing.name) { .text($0) }),
            Field("partition", .optional(listing.partition) { .count($0) }),
            Field("next", .optional(listing.state) { .count($0.next.rawValue) }),
            Field("accepted", .optional(listing.state) { .unsigned($0.accepted) }),
            Field("lastSeen", .optional(listing.lastSeen) { $0.field(format) }),
        ]
    }
}

extension Timestamp {
    /// In text as the date in UTC, in JSON as it is stored.
    func field(_ format: OutputFormat) -> FieldValue {
        format == .json ? .unsigned(rawValue) : .text(CalendarTime(milliseconds: rawValue).description)
    }
}
