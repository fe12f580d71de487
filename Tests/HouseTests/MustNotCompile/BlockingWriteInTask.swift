// The blocking form of `write` would hold a thread of the cooperative pool for the length of a flush.
// expect: 'write' is unavailable from asynchronous contexts
import WeirStore

func block(_ store: Store, _ counts: Table<String, UInt64>) async throws {
    let body = { (transaction: inout WriteTransaction) throws -> Int in
        try transaction.put(1, for: "weir", in: counts)
        return 1
    }
    let write: (_ body: (inout WriteTransaction) throws -> Int) throws -> Int = store.write
    _ = try write(body)
}
