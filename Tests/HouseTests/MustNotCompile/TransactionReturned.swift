// A transaction that leaves its scope could be written to after its commit.
// expect: noncopyable type 'WriteTransaction'
import WeirStore

func escape(_ store: Store) async throws {
    let kept = try await store.write { transaction in transaction }
    _ = kept.transactionID
}
