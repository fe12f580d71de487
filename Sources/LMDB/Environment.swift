import CLMDB

/// One open LMDB environment. The caller sees to it that a file is open only once in a process (see WeirStore's registry):
/// LMDB's locks vanish when a second handle on the same file is closed.
package final class Environment: Sendable {
    /// How commits reach the disk, and how the environment is used.
    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let readOnly = Flags(rawValue: UInt32(MDB_RDONLY))
        /// The meta page is not flushed: the newest commit may be lost to a power cut, never the file's integrity.
        package static let noMetaSync = Flags(rawValue: UInt32(MDB_NOMETASYNC))
        /// Nothing is flushed: a power cut may destroy the file.
        package static let noSync = Flags(rawValue: UInt32(MDB_NOSYNC))
    }

    // LMDB's environment handle may be used from any thread; the pointer itself never changes.
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Opens `data.mdb` and `lock.mdb` in `directory`, with mode 0600. MDB_NOTLS is always on: a reader belongs to its
    /// transaction, not to a thread. Never MDB_WRITEMAP: a full disk would be a SIGBUS.
    package init(directory: String, flags: Flags, mapBytes: Int, databases: Int, readers: Int) throws(LMDBError) {
        var created: OpaquePointer?
        try check(mdb_env_create(&created), "mdb_env_create")
        guard let created else { throw LMDBError(LMDBError.invalid, "mdb_env_create") }
        do throws(LMDBError) {
            try check(mdb_env_set_mapsize(created, mapBytes), "mdb_env_set_mapsize")
            try check(mdb_env_set_maxdbs(created, UInt32(databases)), "mdb_env_set_maxdbs")
            try check(mdb_env_set_maxreaders(created, UInt32(readers)), "mdb_env_set_maxreaders")
            try check(mdb_env_open(created, directory, UInt32(MDB_NOTLS) | flags.rawValue, 0o600), "mdb_env_open")
        } catch {
            mdb_env_close(created)
            throw error
        }
        pointer = created
    }

    /// Closes the environment. Every transaction must have ended.
    package func close() { mdb_env_close(pointer) }
}

extension Environment {
    /// Page size, pages in use and the like. A damaged file may say anything: the last page is at most what the map has room for.
    package struct Information: Sendable {
        package var mapBytes: Int
        package var pageBytes: Int
        package var lastPage: UInt64
        package var transactionID: UInt64
        package var maximumReaders: Int
        package var readersEverUsed: Int
    }

    package func information() throws(LMDBError) -> Information {
        var info = MDB_envinfo()
        var stat = MDB_stat()
        try check(mdb_env_info(pointer, &info), "mdb_env_info")
        try check(mdb_env_stat(pointer, &stat), "mdb_env_stat")
        let (pageBytes, lastPage) = (max(1, Int(stat.ms_psize)), UInt64(bitPattern: Int64(info.me_last_pgno)))
        return Information(
            mapBytes: info.me_mapsize, pageBytes: pageBytes, lastPage: min(lastPage, UInt64(info.me_mapsize / pageBytes)),
            transactionID: UInt64(bitPattern: Int64(info.me_last_txnid)), maximumReaders: Int(info.me_maxreaders),
            readersEverUsed: Int(info.me_numreaders))
    }

    /// The longest key LMDB was built for: 511 bytes.
    package var maximumKeyBytes: Int { Int(mdb_env_get_maxkeysize(pointer)) }

    /// Frees the slots of readers whose process has died. Returns how many there were.
    package func clearStaleReaders() throws(LMDBError) -> Int {
        var dead: Int32 = 0
        try check(mdb_reader_check(pointer, &dead), "mdb_reader_check")
        return Int(dead)
    }

    /// The reader table as LMDB prints it: one line a slot (process, thread, LMDB transaction or `-`), a headline first.
    package func readerTable() -> [String] {
        final class Lines { var all: [String] = [] }
        let lines = Lines()
        _ = mdb_reader_list(
            pointer,
            { text, context in
                guard let text, let context else { return 0 }
                Unmanaged<Lines>.fromOpaque(context).takeUnretainedValue().all.append(String(cString: text))
                return 0
            }, Unmanaged.passUnretained(lines).toOpaque())
        return lines.all
    }

    /// LMDB's number of the oldest snapshot that a reader of any process holds; nil when none is held. Pages that were freed since are not used again until it ends.
    package func oldestSnapshot() -> UInt64? {
        readerTable().dropFirst().compactMap { $0.split(whereSeparator: { $0 == " " || $0 == "\n" }).last.flatMap { UInt64($0) } }.min()
    }

    /// The descriptor of the data file.
    package func dataDescriptor() throws(LMDBError) -> Int32 {
        var descriptor: Int32 = -1
        try check(mdb_env_get_fd(pointer, &descriptor), "mdb_env_get_fd")
        return descriptor
    }

    /// Writes a consistent copy to an open file; `compact` leaves free pages out. It neither flushes nor names the file.
    package func copy(to descriptor: Int32, compact: Bool) throws(LMDBError) {
        try check(mdb_env_copyfd2(pointer, descriptor, compact ? UInt32(MDB_CP_COMPACT) : 0), "mdb_env_copyfd2")
    }

    /// Flushes whatever a weaker durability left unflushed.
    package func flush() throws(LMDBError) { try check(mdb_env_sync(pointer, 1), "mdb_env_sync") }

    /// The version of the LMDB library that is linked.
    package static var libraryVersion: String { String(cString: mdb_version(nil, nil, nil)) }
}
