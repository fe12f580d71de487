import ArgumentParser
import WeirStore

struct Compact: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rewrites the store's file without its free pages.",
        discussion: """
            The store may not be open anywhere: ends with status 69 when it is. Killed at any moment, the old file is there or the new one.
            Needs room for a second file. Prints one record with both sizes.
            """)

    @OptionGroup var options: StoreOptions

    func run() throws {
        FaultGuard.install(options.store)
        let compaction = try Store.compact(at: options.path)
        try options.print { output in
            try output.record([
                Field("store", .text("\(options.path)")),
                Field("bytesBefore", .size(UInt64(compaction.bytesBefore)), heading: "before"),
                Field("bytesAfter", .size(UInt64(compaction.bytesAfter)), heading: "after"),
            ])
        }
    }
}
