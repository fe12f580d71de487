import CLMDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension UnsafeRawBufferPointer {
    @inline(__always)
    var value: MDB_val { MDB_val(mv_size: count, mv_data: UnsafeMutableRawPointer(mutating: baseAddress)) }
}

extension MDB_val {
    @inline(__always)
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }
}

/// A database that was opened after a reader's snapshot was taken is unknown to it: LMDB answers one of these two.
@inline(__always)
func isUnknown(_ code: Int32) -> Bool { code == MDB_BAD_DBI || code == EINVAL }

extension RawTransaction {
    /// Opens a named database, creating it where `create` says so. Only one transaction of a process may do so at a time.
    package borrowing func database(named name: String, create: Bool) throws(LMDBError) -> Database? {
        var handle: MDB_dbi = 0
        let code = mdb_dbi_open(pointer, name, create ? UInt32(MDB_CREATE) : 0, &handle)
        if code == MDB_NOTFOUND, !create { return nil }
        try check(code, "mdb_dbi_open")
        return Database(handle: handle)
    }

    /// Whether the handle was opened before the transaction began. To one that was not, every other method answers as if it were empty. O(1).
    package borrowing func knows(_ database: Database) -> Bool {
        var flags: UInt32 = 0
        return mdb_dbi_flags(pointer, database.handle, &flags) == 0
    }

    /// The value's bytes in LMDB's page, or nil. O(log n).
    package borrowing func get(_ key: UnsafeRawBufferPointer, in database: Database) throws(LMDBError) -> UnsafeRawBufferPointer? {
        var k = key.value
        var v = MDB_val()
        let code = mdb_get(pointer, database.handle, &k, &v)
        if code == MDB_NOTFOUND || isUnknown(code) { return nil }
        try check(code, "mdb_get")
        return v.bytes
    }

    /// Room for `bytes` bytes under `key`, to be filled before anything else is done with the transaction. O(log n).
    package borrowing func reserve(
        _ bytes: Int, for key: UnsafeRawBufferPointer, in database: Database
    ) throws(LMDBError) -> UnsafeMutableRawBufferPointer {
        var k = key.value
        var v = MDB_val(mv_size: bytes, mv_data: nil)
        try check(mdb_put(pointer, database.handle, &k, &v, UInt32(MDB_RESERVE)), "mdb_put")
        return UnsafeMutableRawBufferPointer(start: v.mv_data, count: v.mv_size)
    }

    /// Returns whether there was one. O(log n).
    package borrowing func delete(_ key: UnsafeRawBufferPointer, in database: Database) throws(LMDBError) -> Bool {
        var k = key.value
        let code = mdb_del(pointer, database.handle, &k, nil)
        if code == MDB_NOTFOUND { return false }
        try check(code, "mdb_del")
        return true
    }

    /// Counts of one database, kept by LMDB. A damaged file may say anything: each is from 0 to 2^39, so that sums of them fit. O(1).
    package struct Counts: Sendable {
        package var entries: Int
        package var depth: Int
        package var branchPages: Int
        package var leafPages: Int
        package var overflowPages: Int
    }

    package borrowing func counts(of database: Database) throws(LMDBError) -> Counts {
        var stat = MDB_stat()
        let code = mdb_stat(pointer, database.handle, &stat)
        if isUnknown(code) { return Counts(entries: 0, depth: 0, branchPages: 0, leafPages: 0, overflowPages: 0) }
        try check(code, "mdb_stat")
        func bounded(_ number: Int) -> Int { number < 0 ? 1 << 39 : min(number, 1 << 39) }
        return Counts(
            entries: bounded(stat.ms_entries), depth: Int(stat.ms_depth), branchPages: bounded(stat.ms_branch_pages),
            leafPages: bounded(stat.ms_leaf_pages), overflowPages: bounded(stat.ms_overflow_pages))
    }

    /// How many pages LMDB's free list holds in this snapshot; only readers may ask. `before`: only those that were freed by an older transaction of LMDB's. O(free list).
    package borrowing func freePages(before oldest: UInt64 = .max) throws(LMDBError) -> Int {
        guard let cursor = try RawCursor.over(Database(handle: 0), in: self) else { return 0 }
        var pages = 0
        var entry = try cursor.first()
        while let (freedBy, list) = entry {
            // The list is in the order of the transactions that freed the pages.
            if freedBy.count == MemoryLayout<UInt64>.size, freedBy.loadUnaligned(as: UInt64.self) >= oldest { break }
            // An IDL: its length first, then the page numbers.
            if list.count >= MemoryLayout<Int>.size { pages += max(0, min(list.loadUnaligned(as: Int.self), list.count / 8 - 1)) }
            entry = try cursor.next()
        }
        return pages
    }
}
