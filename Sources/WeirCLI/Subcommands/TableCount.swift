import ArgumentParser
import WeirStore

struct TableCount: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: "Prints how many records a table has, without reading them.")

    @OptionGroup var options: StoreOptions

    @Argument(help: "The table's name.")
    var table: String

    func run() throws {
        try options.read { store, output in
            let table = try store.requireTable(table)
            let (count, id) = try store.read { snapshot in (try snapshot.countRaw(table.raw), snapshot.transactionID) }
            switch output.format {
            case .text: try output.stream([Field("records", .count(count))])
            case .json:
                try output.record([
                    Field("table", .text(self.table)), Field("records", .count(count)), Field("transactionID", .unsigned(id.rawValue)),
                ])
            }
        }
    }
}
