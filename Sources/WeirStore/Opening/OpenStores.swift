import Synchronization
import SystemPackage

/// The stores that are open in this process, by the folder's device and inode.
///
/// LMDB must have a file open only once in a process: closing a second handle drops the locks of the first, silently. So the same folder gives the
/// same store, whatever path leads to it.
enum OpenStores {
    private struct Folder: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64
    }

    private struct Entry: Sendable {
        let engine: Engine
        weak var store: Store?
    }

    private static let open = Monitor<[Folder: Entry]>([:])

    /// The store that is open on this folder, or the one that `make` opens. One opening at a time.
    static func store(
        on facts: SystemFiles.Facts, _ access: StoreConfiguration.Access, _ make: () throws(StoreError) -> Engine
    ) throws(StoreError) -> Store {
        let folder = Folder(device: facts.device, inode: facts.inode)
        while true {
            let found: Result<(Store?, Engine?), any Error> = Result {
                try open.withLock { open in
                    if let entry = open[folder] {
                        if let store = entry.store, !entry.engine.isStopping {
                            guard access == .readOnly || entry.engine.configuration.access == .readWrite else {
                                throw readOnlyHere(entry.engine)
                            }
                            return (store, nil)
                        }
                        return (nil, entry.engine)
                    }
                    let engine = try make()
                    let store = Store(engine)
                    open[folder] = Entry(engine: engine, store: store)
                    return (store, nil)
                }
            }
            let (store, closing) = try calling("open the store") { try found.get() }
            if let store { return store }
            // Its last reference has just gone: its files are being closed.
            _ = closing?.isClosed.wait { $0 ? true : nil }
        }
    }

    private static func readOnlyHere(_ engine: Engine) -> StoreError {
        StoreError(
            .busy,
            "The store at \(engine.folder.path) is open for reading only in this process: close it there before opening it for writing.")
    }

    static func remove(_ engine: Engine) {
        open.withLock { open in
            for (folder, entry) in open where entry.engine === engine { open[folder] = nil }
        }
    }
}

extension Engine {
    var isStopping: Bool { queue.withLock { $0.isStopped } }
}
