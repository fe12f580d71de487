// What only reads cannot write.
// expect: has no member 'put'
import WeirStore

func write(_ store: Store, _ counts: Table<String, UInt64>) throws {
    try store.read { snapshot in try snapshot.put(1, for: "weir", in: counts) }
}
