import ArgumentParser
import WeirStore

struct TableGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Prints one value.",
        discussion: """
            A key of several parts is given as several words. Keys of bytes are given as text, or in hexadecimal after 0x.
            In text the value alone is printed; in JSON the object has key, value and transactionID (the commit that wrote it).
            Ends with status 1 when the key is not there.
            """)

    @OptionGroup var options: StoreOptions

    @Argument(help: "The table's name.")
    var table: String

    @Argument(help: "The key.")
    var key: [String]

    func run() throws {
        try options.read { store, output in
            let table = try store.requireTable(table)
            let bytes = try table.key.key(key)
            let found = try store.read { snapshot in
                try bytes.withUnsafeBytes { key in
                    try snapshot.withRawRecord(key, in: table.raw) { value, id in
                        value.map { (table.key.value(key), table.value.value($0), id) }
                    }
                }
            }
            guard let (key, value, id) = found else {
                throw CommandFailure(.failure, "Table \(self.table) has no key \(self.key.joined(separator: " ")).")
            }
            switch output.format {
            case .text: try output.stream([Field("value", value)])
            case .json: try output.record([Field("key", key), Field("value", value), Field("transactionID", .unsigned(id.rawValue))])
            }
        }
    }
}
