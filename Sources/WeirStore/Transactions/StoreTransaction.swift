import LMDB

/// Marks a transaction that only reads.
public enum Reading {}
/// Marks the transaction that writes.
public enum Writing {}

/// A consistent view of the whole store at one transaction ID. Lives as long as the scope that `Store.read` gives it; never blocks a writer.
public typealias Snapshot = StoreTransaction<Reading>

/// Everything that one call of `Store.write` does: all of it becomes durable, or none. It sees its own changes.
public typealias WriteTransaction = StoreTransaction<Writing>

/// A scope on the store: `Snapshot` to read, `WriteTransaction` to read and write. It cannot be copied, kept, or made.
public struct StoreTransaction<Access>: ~Copyable {
    let raw: RawTransaction
    let tables: OpenTables
    /// Of a snapshot: the newest commit it shows. Of a write transaction: the ID that its commit gets.
    public let transactionID: TransactionID
    /// What a write transaction has used and changed so far; a snapshot has none.
    let account: WriteAccount?

    init(raw: consuming RawTransaction, tables: OpenTables, transactionID: TransactionID, account: WriteAccount?) {
        self.raw = raw
        self.tables = tables
        self.transactionID = transactionID
        self.account = account
    }

    consuming func end() -> RawTransaction { raw }
}
