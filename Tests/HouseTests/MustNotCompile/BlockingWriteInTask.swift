// The blocking form of `write` would hold a thread of the cooperative pool for the length of a flush: in async code only the awaited one is found.
// expect: expression is 'async' but is not marked with 'await'
import WeirStore

func block(_ store: Store, _ counts: Table<String, UInt64>) async throws {
    try store.write { transaction in try transaction.put(1, for: "weir", in: counts) }
}
