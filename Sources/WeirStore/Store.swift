import Synchronization
public import SystemPackage

/// A transactional store in one folder: typed tables, transaction IDs, offsets; every write durable when it returns.
///
/// One process at a time holds a store for writing; any number may read it. Within a process, opening the same folder again gives the same
/// store. What each durability mode survives is in Docs/Guarantees.md.
public final class Store: Sendable {
    let engine: Engine

    init(_ engine: Engine) { self.engine = engine }

    deinit { engine.stop() }

    /// The folder.
    public var path: FilePath { engine.folder.path }
    /// As it was opened.
    public var configuration: StoreConfiguration { engine.configuration }
    /// 16 random bytes that tell this store from every other; kept by backups.
    public var identity: [UInt8] { engine.identity }
    /// How often the store has been opened for writing, or reopened after a failed commit. Grows strictly.
    public var epoch: UInt64 { engine.epoch.load(ordering: .acquiring) }

    /// The newest commit of this process. A reader beside a writer in another process sees newer ones: ask a snapshot.
    public var transactionID: TransactionID { TransactionID(rawValue: engine.committed.load(ordering: .acquiring)) }

    /// Ends the store: waits for writes that were begun and reads that are held, then closes the files. Whoever uses it later gets `.closed`.
    ///
    /// Happens by itself when the last reference goes, without the wait.
    @available(*, noasync, message: "close waits: in async code, await it")
    public func close() {
        precondition(!engine.isCommitterThread, "A store was closed from within a write. Close it after Store.write has returned.")
        engine.stop()
        _ = engine.isClosed.wait { $0 ? true : nil }
    }

    /// The same without blocking.
    public func close() async {
        engine.stop()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            engine.whenClosed { continuation.resume() }
        }
    }
}
