import ArgumentParser
import SystemPackage
import WeirStore

/// Reads a store that `count` fills beside its writer: for each line of input a new snapshot, and `seen N TRANSACTION`.
struct Peek: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Checks the newest snapshot whenever it is told a line.")

    @Argument(help: "The store's folder.") var store: String
    @Option(help: "What the commits hold.") var seed: UInt64

    func run() throws {
        let store = try Store.open(at: FilePath(store), configuration: StoreConfiguration(access: .readOnly))
        defer { store.close() }
        let model = CounterModel(seed: seed)
        guard let tables = try model.existingTables(of: store) else { throw ValidationError("Nothing was counted here.") }
        while readLine() != nil {
            try store.read { say("seen \(try model.check(tables, in: $0)) \($0.transactionID)") }
        }
    }
}
