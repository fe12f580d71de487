// A table of counts holds counts.
// expect: cannot convert value of type 'String' to expected argument type 'UInt64'
import WeirStore

func put(_ store: Store, _ counts: Table<String, UInt64>) async throws {
    try await store.write { transaction in try transaction.put("many", for: "weir", in: counts) }
}
