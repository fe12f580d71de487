// What only reads cannot write.
// expect: requires the types 'Reading' and 'Writing' be equivalent
import WeirStore

func write(_ store: Store, _ counts: Table<String, UInt64>) throws {
    try store.read { snapshot in try snapshot.put(1, for: "weir", in: counts) }
}
