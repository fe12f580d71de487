import LMDB
public import SystemPackage

extension Store {
    /// Opens the store in a folder; for writing, creates what is not there (the folder with mode 0700, files with 0600), frees the reader slots
    /// of processes that died, and durably commits a new epoch.
    ///
    /// Throws `.busy` when another process holds it for writing, `.untrusted` when others could change its files, `.notAStore`, `.formatVersion`
    /// or `.corrupt` when it cannot be what it should be, `.notFound` when there is none to read, `.invalidArgument` for limits that cannot
    /// be. Opening a folder again in the same process gives the same store, as it was first configured.
    @available(*, noasync, message: "opening waits for the disk: in async code, await it")
    public static func open(at path: FilePath, configuration: StoreConfiguration = StoreConfiguration()) throws(StoreError) -> Store {
        try configuration.check()
        let folder = StoreFolder(path: path)
        if configuration.access == .readWrite, try SystemFiles.facts(of: path) == nil {
            try SystemFiles.makeFolder(path)
            let parent = path.removingLastComponent()
            try SystemFiles.flushFolder(parent.isEmpty ? "." : parent)
        }
        try folder.checkTrust()
        guard let facts = try SystemFiles.facts(of: path) else {
            throw StoreError(.notFound, "There is no store at \(path): check the path.")
        }
        return try OpenStores.store(on: facts, configuration.access) { () throws(StoreError) in
            configuration.access == .readWrite
                ? try Engine.openForWriting(folder, configuration) : try Engine.openForReading(folder, configuration)
        }
    }

    /// The same without blocking.
    public static func open(at path: FilePath, configuration: StoreConfiguration = StoreConfiguration()) async throws -> Store {
        try await withCheckedThrowingContinuation { continuation in
            do throws(StoreError) {
                try DedicatedThread.start(for: "opening a store") {
                    continuation.resume(with: Result { try Store.open(at: path, configuration: configuration) })
                }
            } catch { continuation.resume(throwing: error) }
        }
    }
}

extension Engine {
    fileprivate static func openForWriting(_ folder: StoreFolder, _ configuration: StoreConfiguration) throws(StoreError) -> Engine {
        let lock = try WriterLock(folder, wait: configuration.writerWait)
        let found = try sound(folder)
        let marker = if let found { found } else { try create(folder) }
        if !marker.isComplete {
            // The process died while it made this store: nothing was acknowledged yet.
            try SystemFiles.remove(folder.data)
            try SystemFiles.remove(folder.lock)
        }
        // The lock is held: nobody writes meanwhile.
        if configuration.verifiesOnOpen, marker.isComplete { try folder.requireSound(marker) { nil } }
        let environment = try EnvironmentFiles.open(folder, configuration)
        do throws(StoreError) {
            _ = try translating("free the slots of dead readers") { () throws(LMDBError) in try environment.clearStaleReaders() }
            let tables = try OpenTables(in: environment, configuration, create: true)
            let (_, head) = try Epoch.begin(environment, tables, configuration, identity: marker.identity)
            if !marker.isComplete {
                try SystemFiles.flushFolder(folder.path)
                try IdentityMarker(identity: marker.identity, isComplete: true).write(folder)
            }
            let engine = Engine(folder: folder, configuration: configuration, head: head, environment: environment, tables: tables)
            try engine.startCommitting(environment, lock)
            return engine
        } catch {
            environment.close()
            // If the device has failed: see Committer+Recovery.
            try? SystemFiles.forget(folder.data)
            throw error
        }
    }

    fileprivate static func openForReading(_ folder: StoreFolder, _ configuration: StoreConfiguration) throws(StoreError) -> Engine {
        guard let marker = try sound(folder), marker.isComplete else {
            throw StoreError(.notFound, "There is no store at \(folder.path): check the path, or let the program that writes it create it.")
        }
        // Opened before it is verified only where a writer lets no snapshot be read to its end otherwise.
        var opened: Engine?
        if configuration.verifiesOnOpen {
            do throws(StoreError) {
                try folder.requireSound(marker) {
                    opened = try? openUnverified(folder, configuration, marker)
                    return opened
                }
            } catch {
                opened?.closeEnvironment()
                throw error
            }
        }
        return if let opened { opened } else { try openUnverified(folder, configuration, marker) }
    }

    private static func openUnverified(
        _ folder: StoreFolder, _ configuration: StoreConfiguration, _ marker: IdentityMarker
    ) throws(StoreError) -> Engine {
        let environment = try EnvironmentFiles.open(folder, configuration)
        do throws(StoreError) {
            let tables = try OpenTables(in: environment, configuration, create: false)
            guard let head = try StoreHead.read(environment, tables.head), head.identity == marker.identity else {
                throw StoreError(
                    .corrupt, "data.mdb belongs to another store than weir.identity says: put the files of one backup back together.")
            }
            return Engine(folder: folder, configuration: configuration, head: head, environment: environment, tables: tables)
        } catch {
            environment.close()
            throw error
        }
    }

    /// The folder's marker when the folder holds a store whose files are as they should be; nil when it holds nothing of a store.
    private static func sound(_ folder: StoreFolder) throws(StoreError) -> IdentityMarker? {
        guard let marker = try IdentityMarker.read(folder) else {
            guard try SystemFiles.facts(of: folder.data) == nil else {
                throw StoreError(
                    .notAStore, "\(folder.path) holds a data.mdb but no weir.identity: it is no store of Weir's. Give another folder.")
            }
            return nil
        }
        if marker.isComplete { try EnvironmentFiles.checkSize(folder) }
        return marker
    }

    private static func create(_ folder: StoreFolder) throws(StoreError) -> IdentityMarker {
        let marker = IdentityMarker.new()
        try marker.write(folder)
        return marker
    }

    private func startCommitting(_ environment: Environment, _ lock: consuming WriterLock) throws(StoreError) {
        let handover = LockHandover(lock)
        try DedicatedThread.start(for: "the committer") {
            Committer(self, environment, handover.take()).run()
            self.closed()
        }
    }
}

/// Brings the writer's lock to the committer's thread, which holds it from then on.
// Sendable: filled before the thread starts, emptied by that thread alone.
private final class LockHandover: @unchecked Sendable {
    private var lock: WriterLock?

    init(_ lock: consuming WriterLock) { self.lock = consume lock }

    func take() -> WriterLock {
        guard let lock = lock.take() else { preconditionFailure("A lock is handed over once.") }
        return lock
    }
}
