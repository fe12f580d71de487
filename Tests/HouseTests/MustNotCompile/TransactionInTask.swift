// A task runs on any thread, at any later time; a transaction lives on one thread, inside of one scope.
// expect: escaping closure captures 'inout' parameter 'transaction'
import WeirStore

func escape(_ store: Store, _ counts: Table<String, UInt64>) throws {
    try store.write { (transaction: inout WriteTransaction) in
        Task { try transaction.put(1, for: "weir", in: counts) }
    }
}
