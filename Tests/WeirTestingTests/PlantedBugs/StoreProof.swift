import Synchronization
import SystemPackage
import WeirTesting

@testable import WeirStore

/// A store against a dictionary: writes of several callers in one group, some of which throw; deletes; commits that the disk fails; openings. What was
/// acknowledged must be there, what was refused must not (I1, I2), and IDs and epochs grow (I5).
struct StoreProof {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }
    private struct Refused: Error {}

    /// Throws what is wrong.
    static func run(seed: UInt64, planting bug: PlantedBug? = nil) throws {
        try withTemporaryFolder(inMemory: true) { folder in
            var configuration = StoreConfiguration(durability: .processCrashOnly)
            #if DEBUG
                configuration.plantedBug = bug
            #endif
            var random = SeededGenerator(seed: seed)
            var oracle: [UInt64: UInt64] = [:]
            var store = try Store.open(at: folder.appending("store"), configuration: configuration)
            defer { store.close() }
            var (newest, epoch) = (TransactionID.zero, store.epoch)
            for _ in 0..<40 {
                if Int.random(in: 0..<8, using: &random) == 0 {
                    store.close()
                    store = try Store.open(at: folder.appending("store"), configuration: configuration)
                    guard store.epoch > epoch else { throw Violation(description: "epoch \(store.epoch) after \(epoch)") }
                    epoch = store.epoch
                }
                let table = try store.table("values", key: UInt64.self, value: UInt64.self)
                #if DEBUG
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0: store.engine.faults.plan(.metaNotWritten)
                    case 1: store.engine.faults.plan(.doneThenError)
                    default: break
                    }
                #endif
                var hasPut = false
                for (change, outcome) in write(&random, to: table, of: store) {
                    guard case .success(let id) = outcome else { continue }
                    guard id >= newest else { throw Violation(description: "transaction \(id) after \(newest)") }
                    oracle[change.key] = change.value
                    if change.value != nil { hasPut = true }
                }
                guard store.transactionID >= newest, !hasPut || store.transactionID > newest else {
                    throw Violation(description: "transaction \(store.transactionID) after \(newest)")
                }
                newest = store.transactionID
                epoch = store.epoch
                let found = try store.read { snapshot in
                    var found: [UInt64: UInt64] = [:]
                    try snapshot.scan(table) { key, value in
                        found[key] = value
                        return .next
                    }
                    return found
                }
                guard found == oracle else { throw Violation(description: "transaction \(newest) holds \(found), not \(oracle)") }
                try requireSound(store.path)
            }
        }
    }

    /// One to four callers at once, on keys of their own; the last change is never refused by its caller.
    private static func write(
        _ random: inout SeededGenerator, to table: Table<UInt64, UInt64>, of store: Store
    ) -> [(change: (key: UInt64, value: UInt64?), outcome: Result<TransactionID, any Error>)] {
        let count = Int.random(in: 1...4, using: &random)
        let changes = (0..<count).map { position in
            (
                key: UInt64(position) * 10 + UInt64.random(in: 0..<4, using: &random),
                value: Bool.random(using: &random) ? random.next() : nil as UInt64?
            )
        }
        let refused = (0..<count).map { _ in Int.random(in: 0..<5, using: &random) == 0 }
        let outcomes = Monitor<[Int: Result<TransactionID, any Error>]>([:])
        store.submit(
            changes.enumerated().map { position, change in
                StoreWrite { transaction in
                    if let value = change.value {
                        try transaction.put(value, for: change.key, in: table)
                    } else {
                        try transaction.delete(change.key, in: table)
                    }
                    if refused[position] { throw Refused() }
                } completion: { outcome in
                    outcomes.withLock(wake: true) { if $0[position] == nil { $0[position] = outcome } }
                }
            })
        let known = outcomes.wait { $0.count == count ? $0 : nil } ?? [:]
        return changes.indices.compactMap { position in known[position].map { (changes[position], $0) } }
    }
}
