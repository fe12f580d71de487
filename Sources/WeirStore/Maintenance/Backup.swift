import LMDB
public import SystemPackage

extension Store {
    /// Writes a consistent copy of the newest commit into a new folder, while the store goes on. The copy is a store itself.
    ///
    /// `compacting` leaves free pages out. The folder has mode 0700; it gets its name only when everything in it is durable, so whatever carries the name
    /// is whole. The snapshot is held meanwhile, so the file grows with what is written in that time. Throws `.invalidArgument` when there is something at
    /// `destination`. O(file size).
    @available(*, noasync, message: "a backup waits for the disk: in async code, await it")
    public func backup(to destination: FilePath, compacting: Bool = true) throws {
        try engine.backup(to: destination, compacting: compacting)
    }

    /// The same without blocking.
    public func backup(to destination: FilePath, compacting: Bool = true) async throws {
        let engine = engine
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            engine.readers.enqueue {
                continuation.resume(with: Result { try engine.backup(to: destination, compacting: compacting) })
            } refused: {
                continuation.resume(throwing: $0)
            }
        }
    }

    /// Makes the store at `destination`, where nothing may be, from a backup: verifies the backup first, to the last record.
    ///
    /// Throws `.corrupt` when anything in the backup is not as it was written. O(file size).
    @available(*, noasync, message: "restoring waits for the disk")
    @discardableResult
    public static func restore(from backup: FilePath, to destination: FilePath) throws -> VerificationReport {
        let report = try verify(at: backup)
        guard report.isSound else {
            throw StoreError(
                .corrupt,
                "The backup at \(backup) has \(report.problems.count) problems, the first: \(report.problems.first ?? ""). Nothing was restored: use another backup."
            )
        }
        let store = try open(at: backup, configuration: StoreConfiguration(access: .readOnly))
        defer { store.close() }
        try store.backup(to: destination)
        return report
    }
}

extension Engine {
    fileprivate func backup(to destination: FilePath, compacting: Bool) throws(StoreError) {
        guard try SystemFiles.facts(of: destination) == nil else {
            throw StoreError(.invalidArgument, "There is something at \(destination): give a path where nothing is.")
        }
        let draft = StoreFolder(path: FilePath("\(destination).partial"))
        try draft.removeAll()
        try SystemFiles.makeFolder(draft.path)
        do throws(StoreError) {
            let ticket = try gate.enter("backup to \(destination)")
            defer { gate.leave(ticket) }
            try Self.copy(gate.environment, to: draft.data, compacting: compacting)
            try IdentityMarker(identity: identity, isComplete: true).write(draft)
            try SystemFiles.rename(draft.path, to: destination)
            let parent = destination.removingLastComponent()
            try SystemFiles.flushFolder(parent.isEmpty ? "." : parent)
        } catch {
            try? draft.removeAll()
            throw error
        }
    }

    /// Copies the environment into a new file of mode 0600 and flushes it.
    static func copy(_ environment: Environment, to path: FilePath, compacting: Bool) throws(StoreError) {
        try calling("write \(path)") {
            let file = try SystemFiles.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .noFollow], permissions: [.ownerReadWrite])
            try file.closeAfter {
                try translating("copy the store to \(path)") { () throws(LMDBError) in
                    try environment.copy(to: file.rawValue, compact: compacting)
                }
                try SystemFiles.flush(file.rawValue, path)
            }
        }
    }
}

extension StoreFolder {
    /// Removes the files of an unfinished copy, and its folder.
    func removeAll() throws(StoreError) {
        guard try SystemFiles.facts(of: path) != nil else { return }
        for file in [data, lock, marker, FilePath("\(marker).new"), writer] { try SystemFiles.remove(file) }
        try SystemFiles.removeFolder(path)
    }
}
