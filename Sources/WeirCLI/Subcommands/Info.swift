import ArgumentParser
import WeirStore

struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what the store is, how large, and who uses it.",
        discussion: "Prints one record. The numbers are those of one snapshot; readers and the writer are those of the moment.")

    @OptionGroup var options: StoreOptions

    func run() throws {
        try options.read { store, output in
            let statistics = try store.statistics()
            let readers = statistics.readers.filter { $0.process != ownProcessID }
            let tables = statistics.tables.filter { !$0.name.hasPrefix("weir.") }
            let pageBytes = UInt64(statistics.pageBytes)
            let free = UInt64(statistics.freePages)
            try output.record([
                Field("store", .text("\(store.path)")),
                Field("identity", .text(hexadecimal(store.identity))),
                Field("transactionID", .unsigned(statistics.transactionID.rawValue)),
                Field("epoch", .unsigned(statistics.epoch)),
                Field("tables", .count(tables.count)),
                Field("records", .count(tables.reduce(0) { $0 + $1.records })),
                Field("fileBytes", .size(UInt64(statistics.fileBytes)), heading: "file"),
                Field("usedBytes", .size((UInt64(statistics.pages) - min(free, UInt64(statistics.pages))) * pageBytes), heading: "used"),
                Field("freeBytes", .size(free * pageBytes), heading: "free inside"),
                Field("pageBytes", .size(pageBytes), heading: "page"),
                Field("writer", .optional(try Store.writerProcess(at: options.path)) { .count($0) }, heading: "written by process"),
                Field("readerSlots", .count(readers.count)),
                Field("snapshots", .count(readers.count { $0.commitsBehind != nil }), heading: "snapshots held"),
            ])
        }
    }
}
