// A snapshot holds a reader's slot for the length of its scope; a task would outlive it.
// expect: 'snapshot' cannot be captured by an escaping closure
import WeirStore

func escape(_ store: Store, _ counts: Table<String, UInt64>) throws {
    try store.read { (snapshot: borrowing Snapshot) in
        _ = Task { _ = try snapshot.get("weir", in: counts) }
    }
}
