import ArgumentParser
import WeirStore

struct Offsets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists how far each source has been consumed.",
        discussion: """
            One row for each partition of each source: the next offset that will be read, the commit that set it, and what the connector stored to
            recognise its source again.
            """)

    @OptionGroup var options: StoreOptions

    @Argument(help: "Only this source.")
    var source: String?

    func run() throws {
        try options.read { store, output in
            var rows: [[Field]] = []
            try store.read { snapshot in
                try snapshot.offsets { source, partition, offset in
                    guard self.source == nil || self.source == source else { return .next }
                    rows.append([
                        Field("source", .text(source)), Field("partition", .count(partition)), Field("next", .unsigned(offset.next)),
                        Field("transactionID", .unsigned(offset.transactionID.rawValue)),
                        Field("fingerprint", offset.fingerprint.isEmpty ? .none : .bytes(offset.fingerprint)),
                    ])
                    return .next
                }
            }
            if let source, rows.isEmpty {
                throw CommandFailure(.noInput, "No source \(source) has an offset: `weir offsets` lists those that have.")
            }
            try output.table(rows)
        }
    }
}
