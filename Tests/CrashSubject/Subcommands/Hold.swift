import ArgumentParser
import Foundation
import SystemPackage
import WeirStore

/// Begins a read on a store that `count` fills, says `holding TRANSACTION`, and reads that one snapshot until it is killed, or its input ends.
struct Hold: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Holds a snapshot.")

    @Argument(help: "The store's folder.") var store: String
    @Option(help: "What the commits hold.") var seed: UInt64
    @Flag(help: "Holds the snapshot without reading in it, until its input ends.") var idle = false

    func run() throws {
        let store = try Store.open(at: FilePath(store), configuration: StoreConfiguration(access: .readOnly))
        defer { store.close() }
        let model = CounterModel(seed: seed)
        guard let tables = try model.existingTables(of: store) else { throw ValidationError("Nothing was counted here.") }
        try store.read { snapshot in
            let number = try model.check(tables, in: snapshot)
            say("holding \(snapshot.transactionID)")
            if idle { while readLine() != nil {} }
            while !idle {
                // Not all the time: many of them share the machine with the writer.
                poll(nil, 0, 2)
                guard try model.check(tables, in: snapshot) == number else { throw ValidationError("The snapshot has changed.") }
            }
        }
    }
}
