import LMDB

/// The record that is durably committed whenever a store is opened for writing, before anything is served.
///
/// It makes whatever commit was found durable (a crash may have left its meta page in the page cache only), and its number tells
/// this opening from every earlier one: who still acts for an earlier epoch is a zombie.
enum Epoch {
    /// Returns the newest commit that was found, and the head as it is now.
    static func begin(
        _ environment: Environment, _ tables: OpenTables, _ configuration: StoreConfiguration, identity: [UInt8]
    ) throws(StoreError) -> (found: TransactionID, head: StoreHead) {
        let raw = try translating("begin an epoch") { () throws(LMDBError) in try RawTransaction.writing(environment) }
        let found = try StoreHead.read(raw, tables.head) ?? StoreHead(identity: identity)
        guard found.identity == identity else {
            throw StoreError(
                .corrupt, "data.mdb belongs to another store than weir.identity says: put the files of one backup back together.")
        }
        let head = StoreHead(transactionID: found.transactionID.next, epoch: found.epoch + 1, identity: identity)
        let account = WriteAccount(configuration: configuration, thread: .current)
        let transaction = WriteTransaction(raw: raw, tables: tables, transactionID: head.transactionID, account: account)
        try head.write(transaction, account)
        try transaction.end().commit(to: "commit epoch \(head.epoch)")
        try translating("flush epoch \(head.epoch)") { () throws(LMDBError) in try environment.flush() }
        return (found.transactionID, head)
    }
}
