// A snapshot stored in a variable would show pages that a later commit has reused.
// expect: implicit conversion to 'Snapshot?'
import WeirStore

final class Cache {
    var kept: Snapshot?

    func keep(_ store: Store) throws {
        try store.read { (snapshot: borrowing Snapshot) in kept = snapshot }
    }
}
