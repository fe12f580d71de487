import SystemPackage

/// The right to write: one process at a time holds the lock on `writer.lock`, which also says which one it is.
///
/// LMDB itself would let several processes take turns; Weir's middleware keeps state in memory and must be alone.
/// The system frees the lock when the process ends, however it ends.
struct WriterLock: ~Copyable, Sendable {
    private let file: FileDescriptor

    init(_ folder: StoreFolder, wait: Duration) throws(StoreError) {
        let path = folder.writer
        let file = try calling("open \(path)") {
            try SystemFiles.open(path, .readWrite, options: [.create, .noFollow], permissions: [.ownerReadWrite])
        }
        do throws(StoreError) {
            let deadline = ContinuousClock.now + wait
            while try !SystemFiles.lockExclusively(file.rawValue, path) {
                guard ContinuousClock.now < deadline else { throw Self.busy(folder, waited: wait) }
                SystemFiles.pause(milliseconds: 10)
            }
            let holder = Array("\(SystemFiles.processID)\n".utf8)
            try calling("write \(path)") {
                try SystemFiles.insisting { try file.resize(to: 0, retryOnInterrupt: false) }
                try SystemFiles.write(holder, to: file)
            }
        } catch {
            try? file.close()
            throw error
        }
        self.file = file
    }

    private static func busy(_ folder: StoreFolder, waited: Duration) -> StoreError {
        let bytes = (try? SmallFile.read(folder.writer, limit: 32)) ?? nil
        let holder = bytes.map { String(decoding: $0, as: UTF8.self).filter(\.isNumber) } ?? ""
        return StoreError(
            .busy,
            """
            The store at \(folder.path) is open for writing in process \(holder.isEmpty ? "(unknown)" : holder)\
            \(waited > .zero ? ", still after \(waited)" : ""): stop that process, or open the store for reading only.
            """)
    }

    deinit {
        // A process that is just being started holds a copy of the descriptor until its program begins: closing alone would leave the lock to it.
        SystemFiles.unlock(file.rawValue)
        try? file.close()
    }
}
