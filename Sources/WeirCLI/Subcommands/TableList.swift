import ArgumentParser
import WeirStore

struct TableList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the tables with their types and sizes.")

    @OptionGroup var options: StoreOptions

    @Flag(help: "The tables too in which the store keeps account of itself.")
    var all = false

    func run() throws {
        try options.read { store, output in
            let tables = try store.statistics().tables.filter { all || !$0.name.hasPrefix("weir.") }
            try output.table(
                tables.map { table in
                    [
                        Field("table", .text(table.name)), Field("key", .text(table.keyType)), Field("value", .text(table.valueType)),
                        Field("records", .count(table.records)), Field("bytes", .size(UInt64(table.bytes)), heading: "pages"),
                        Field("depth", .count(table.depth)),
                    ]
                })
        }
    }
}
