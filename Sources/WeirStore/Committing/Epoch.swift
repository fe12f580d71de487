import LMDB
import SystemPackage

/// The record that is durably committed whenever a store is opened for writing, before anything is served.
///
/// It makes whatever commit was found durable (a crash may have left its meta page in the page cache only), and its number tells
/// this opening from every earlier one: who still acts for an earlier epoch is a zombie.
enum Epoch {
    /// Returns the newest commit that was found, and the head as it is now.
    static func begin(
        _ environment: Environment, _ tables: OpenTables, _ configuration: StoreConfiguration, identity: [UInt8]
    ) throws(StoreError) -> (found: TransactionID, head: StoreHead) {
        try settle(environment)
        let raw = try translating("begin an epoch") { () throws(LMDBError) in try RawTransaction.writing(environment) }
        let found = try StoreHead.read(raw, tables.head) ?? StoreHead(identity: identity)
        guard found.identity == identity else {
            throw StoreError(
                .corrupt, "data.mdb belongs to another store than weir.identity says: put the files of one backup back together.")
        }
        let head = StoreHead(
            transactionID: found.transactionID.next, epoch: configuration.has(.epochNotRaised) ? found.epoch : found.epoch + 1,
            identity: identity)
        let account = WriteAccount(configuration: configuration, thread: .current)
        let transaction = WriteTransaction(raw: raw, tables: tables, transactionID: head.transactionID, account: account)
        try head.write(transaction, account)
        try transaction.end().commit(to: "commit epoch \(head.epoch)")
        try translating("flush epoch \(head.epoch)") { () throws(LMDBError) in try environment.flush() }
        return (found.transactionID, head)
    }

    /// Brings the meta pages to the disk as they are read now, before anything else is written.
    ///
    /// When the meta page of a commit fails, LMDB puts the old one back, but into the page cache only, and what is on the disk is unknown: it may be the new one.
    /// The next commit begins from the old one and writes over the same free pages; a power cut meanwhile would leave the new one on the disk, and pages of
    /// two commits under it. They are written again and not only flushed, since a page that the system once failed to write counts as clean.
    private static func settle(_ environment: Environment) throws(StoreError) {
        try calling("settle the meta pages") {
            let file = FileDescriptor(rawValue: try environment.dataDescriptor())
            let pages = try SystemFiles.read(file, limit: 2 * (try environment.information().pageBytes))
            try SystemFiles.write(pages, to: file)
        }
        try translating("flush the meta pages") { () throws(LMDBError) in try environment.flush() }
    }
}
