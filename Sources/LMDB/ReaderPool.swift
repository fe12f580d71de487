import CLMDB
import Synchronization

/// Readers without a snapshot that keep their slots: beginning again costs no search for a slot and no lock shared with other processes.
package final class ReaderPool: Sendable {
    package let environment: Environment
    private let limit: Int
    // The pointers are parked transactions. With MDB_NOTLS they are bound to no thread, and whoever takes one is its only owner.
    private let idle = Mutex<[UInt]>([])

    /// Keeps at most `limit` slots.
    package init(_ environment: Environment, limit: Int) {
        self.environment = environment
        self.limit = limit
    }

    func take() -> OpaquePointer? {
        idle.withLock { $0.popLast() }.flatMap { OpaquePointer(bitPattern: $0) }
    }

    func keep(_ transaction: OpaquePointer) -> Bool {
        idle.withLock { idle in
            guard idle.count < limit else { return false }
            idle.append(UInt(bitPattern: transaction))
            return true
        }
    }

    /// Ends them all: before the environment is closed.
    package func drain() {
        while let transaction = take() { mdb_txn_abort(transaction) }
    }
}
