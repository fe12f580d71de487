import ArgumentParser
import WeirStore

struct TableScan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Prints the records of a table in the order of their keys.",
        discussion: """
            In text a line is key, tab, value. In JSON it is an object with key, value and transactionID (the commit that wrote it).
            All records are those of one snapshot. While it is held, the store reuses no pages: do not leave a scan waiting in a pager.
            """)

    @OptionGroup var options: StoreOptions
    @OptionGroup var range: ScanOptions

    @Argument(help: "The table's name.")
    var table: String

    func run() throws {
        try options.read { store, output in
            let table = try store.requireTable(table)
            let (keyType, valueType) = (table.key, table.value)
            let range = try range.bounds(keyType)
            try store.read { snapshot in
                try snapshot.scanRaw(table.raw, range) { key, value, id in
                    var fields = [Field("key", keyType.value(key)), Field("value", valueType.value(value))]
                    if output.format == .json { fields.append(Field("transactionID", .unsigned(id.rawValue))) }
                    try output.stream(fields)
                }
            }
        }
    }
}
