// A transaction that leaves its scope could be written to after its commit.
// expect: instance method 'write' requires that 'WriteTransaction'
// expect: conform to 'Copyable'
import WeirStore

func escape(_ store: Store) throws {
    let kept = try store.write { (transaction: inout WriteTransaction) -> WriteTransaction in return transaction }
    _ = kept.transactionID
}
