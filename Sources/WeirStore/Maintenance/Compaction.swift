import LMDB
public import SystemPackage

extension Store {
    /// What compacting changed.
    public struct Compaction: Sendable {
        /// The data file's size before.
        public var bytesBefore: Int
        /// And after.
        public var bytesAfter: Int
    }

    /// Rewrites a store's file without its free pages. LMDB never gives space back to the file system; this does.
    ///
    /// The store must not be open anywhere: throws `.busy` when it is held for writing, or read by another process. Killed at any moment, either the old
    /// file is there or the new one. Needs room for a second file meanwhile. O(data).
    @available(*, noasync, message: "compacting waits for the disk")
    public static func compact(at path: FilePath) throws -> Compaction {
        let folder = StoreFolder(path: path)
        try folder.checkTrust()
        guard let marker = try IdentityMarker.read(folder), marker.isComplete else {
            throw StoreError(.notFound, "There is no store at \(path): check the path.")
        }
        let lock = try WriterLock(folder, wait: .zero)
        try EnvironmentFiles.checkSize(folder)
        let draft = FilePath("\(folder.data).compact")
        try SystemFiles.remove(draft)
        let before = try SystemFiles.facts(of: folder.data)?.bytes ?? 0
        let environment = try EnvironmentFiles.open(folder, StoreConfiguration())
        do {
            defer { environment.close() }
            _ = try translating("free the slots of dead readers") { () throws(LMDBError) in try environment.clearStaleReaders() }
            // The first line is a headline, or says that there is no reader.
            let others = environment.readerTable().dropFirst()
            guard others.isEmpty else {
                throw StoreError(
                    .busy, "\(others.count) reader slots of other processes are in use: end them (`weir top` shows who), then compact.")
            }
            try Engine.copy(environment, to: draft, compacting: true)
        }
        try SystemFiles.rename(draft, to: folder.data)
        try SystemFiles.flushFolder(path)
        let after = try SystemFiles.facts(of: folder.data)?.bytes ?? 0
        _ = consume lock
        return Compaction(bytesBefore: Int(before), bytesAfter: Int(after))
    }
}
