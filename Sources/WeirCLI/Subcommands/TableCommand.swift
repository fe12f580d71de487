import ArgumentParser
import WeirStore

struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Reads tables.",
        subcommands: [TableList.self, TableGet.self, TableScan.self, TableCount.self])
}

extension Store {
    /// The table, or the failure that says which there are.
    func requireTable(_ name: String) throws -> StoredTable {
        if let table = try storedTable(name) { return table }
        let names = try tableNames()
        let known = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
        throw CommandFailure(
            .noInput, "There is no table \(name) among the store's \(names.count)\(names.isEmpty ? "" : ": \(known)").")
    }
}

extension StoredTable {
    var key: StoredType { StoredType(keyType) }
    var value: StoredType { StoredType(valueType) }
}
