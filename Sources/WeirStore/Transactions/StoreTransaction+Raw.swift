import LMDB

// Records by bytes: what every typed method stands on. Checksums are written and checked here and nowhere else.

extension StoreTransaction {
    /// The value under `key`, borrowed from LMDB's page: valid only inside `body`. Checked against its checksum. O(log n).
    package borrowing func withRawValue<R>(
        _ key: UnsafeRawBufferPointer, in table: RawTable, _ body: (UnsafeRawBufferPointer?) throws -> R
    ) throws -> R {
        guard let record = try record(key, in: table) else { return try body(nil) }
        return try body(record.payload)
    }

    borrowing func record(_ key: UnsafeRawBufferPointer, in table: RawTable) throws(StoreError) -> Record.Opened? {
        guard let stored = try stored(key, in: table) else { return nil }
        guard let record = Record.open(stored, for: key, seed: table.seed) else { throw damaged(key, in: table) }
        return record
    }

    borrowing func stored(_ key: UnsafeRawBufferPointer, in table: RawTable) throws(StoreError) -> UnsafeRawBufferPointer? {
        guard !key.isEmpty, key.count <= 511 else {
            throw StoreError(.keySize, "A key of \(key.count) bytes was given; a key has 1 to 511 bytes.")
        }
        let found = try translating("read from table \(table.number)") { () throws(LMDBError) in try raw.get(key, in: table.database) }
        if found == nil { try checkKnown(table) }
        return found
    }

    /// LMDB takes a table that was opened after a snapshot began for an empty one. So it is, if it was created since; if the snapshot
    /// has it, saying that it is empty would be wrong.
    private borrowing func checkKnown(_ table: RawTable) throws(StoreError) {
        guard !raw.knows(table.database) else { return }
        let entries = try calling("read the catalog") { try catalogEntries() }
        guard let entry = entries.first(where: { $0.number == table.number }) else { return }
        throw StoreError(
            .invalidArgument,
            "Table \(entry.name) was opened after this read began, and cannot be read in it: open tables before Store.read, not inside.")
    }

    borrowing func damaged(_ key: UnsafeRawBufferPointer, in table: RawTable) -> StoreError {
        StoreError(
            .corrupt,
            "The record under key \(hexadecimal(key)) of table \(table.number) fails its checksum: run `weir verify`, and restore a backup."
        )
    }

    /// Every record from `from` on (from the end, or the last one before it, in reverse), until `body` says stop. Borrowed bytes, checked. O(log n + entries).
    package borrowing func scanRaw(
        _ table: RawTable, from: UnsafeRawBufferPointer? = nil, reverse: Bool = false,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, TransactionID) throws -> ScanStep
    ) throws {
        let opened = try translating("scan table \(table.number)") { () throws(LMDBError) in try RawCursor.over(table.database, in: raw) }
        guard let cursor = opened else { return try checkKnown(table) }
        var entry = try translating("scan table \(table.number)") { () throws(LMDBError) in
            guard let from else { return reverse ? try cursor.last() : try cursor.first() }
            let found = try cursor.seek(from)
            guard reverse else { return found }
            guard let found else { return try cursor.last() }
            return order(found.key, from) == 0 ? found : try cursor.previous()
        }
        var found = Tally()
        while let (key, stored) = entry {
            guard let record = Record.open(stored, for: key, seed: table.seed) else { throw damaged(key, in: table) }
            found.add(record.crc)
            if case .stop = try body(key, record.payload, record.transactionID) { return }
            entry = try translating("scan table \(table.number)") { () throws(LMDBError) in
                reverse ? try cursor.previous() : try cursor.next()
            }
        }
        // Of a write transaction, the body may have changed the table.
        if from == nil, table.tallied, account == nil { try compare(found, table) }
    }

    /// Whoever has seen all of a table must have seen as many records as were put into it, the newest of each: damage to pages between the root
    /// and the records hides some without touching any.
    private borrowing func compare(_ found: Tally, _ table: RawTable) throws(StoreError) {
        let expected = try readTally(of: table.number)
        guard found != expected else { return }
        throw StoreError(
            .corrupt,
            """
            Table \(table.number) holds \(found.count) records and should hold \(expected.count), the newest of each: a page is damaged or of an older \
            time. Run `weir verify`, and restore a backup.
            """)
    }

    /// The number of records. O(1).
    package borrowing func countRaw(_ table: RawTable) throws(StoreError) -> Int {
        try checkKnown(table)
        return try translating("count table \(table.number)") { () throws(LMDBError) in try raw.counts(of: table.database).entries }
    }
}

extension StoreTransaction where Access == Writing {
    /// Puts bytes under a key, whatever was there. O(log n).
    package mutating func putRaw(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in table: RawTable
    ) throws(StoreError) {
        let account = writing
        try account.spend(key: key.count, value: value.count, puts: true)
        try put(key, value, in: table, account)
    }

    /// Deletes a key; returns whether it was there. O(log n).
    @discardableResult
    package mutating func deleteRaw(_ key: UnsafeRawBufferPointer, in table: RawTable) throws(StoreError) -> Bool {
        let account = writing
        try account.spend(key: key.count, value: 0, puts: false)
        guard let old = try stored(key, in: table) else { return false }
        guard let crc = Record.storedChecksum(old) else { throw damaged(key, in: table) }
        try mending(account, "delete from table \(table.number)") { () throws(LMDBError) in
            _ = try raw.delete(key, in: table.database)
        }
        var tally = try tally(of: table, account)
        if !has(.tallyNotUpdated) { tally.remove(crc) }
        account.changed(table.number, tally)
        return true
    }

    var writing: WriteAccount {
        guard let account else { preconditionFailure("A write transaction has an account.") }
        return account
    }

    /// The put itself, without limits: also for the store's own accounts.
    borrowing func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in table: RawTable, _ account: WriteAccount
    ) throws(StoreError) {
        var tally = Tally()
        if table.tallied {
            tally = try self.tally(of: table, account)
            if let old = try stored(key, in: table) {
                guard let crc = Record.storedChecksum(old) else { throw damaged(key, in: table) }
                tally.remove(crc)
            }
        }
        let room = try mending(account, "write to table \(table.number)") { () throws(LMDBError) in
            try raw.reserve(Record.headerBytes + value.count, for: key, in: table.database)
        }
        let crc = Record.write(value, for: key, by: transactionID, seed: table.seed, into: room)
        if table.tallied {
            tally.add(crc)
            account.changed(table.number, tally)
        } else {
            account.changedUntallied()
        }
    }

    /// LMDB goes on with no transaction in which a write failed: the failure is kept, so that this caller's transaction cannot be
    /// committed even if the caller swallows the error.
    private borrowing func mending<R>(
        _ account: WriteAccount, _ what: @autoclosure () -> String, _ body: () throws(LMDBError) -> R
    ) throws(StoreError) -> R {
        do throws(LMDBError) { return try body() } catch {
            let failure = StoreError(error, what())
            account.failure = failure
            throw failure
        }
    }

    private borrowing func tally(of table: RawTable, _ account: WriteAccount) throws(StoreError) -> Tally {
        if let tally = account.tally(of: table.number) { return tally }
        return try readTally(of: table.number)
    }
}

extension StoreTransaction {
    /// The tally that is stored for a table. O(log tables).
    borrowing func readTally(of number: UInt32) throws(StoreError) -> Tally {
        var key = number.bigEndian
        return try calling("read the tally of table \(number)") {
            try withUnsafeBytes(of: &key) { key in
                guard let record = try record(key, in: tables.tally) else { return Tally() }
                guard let tally = Tally(record.payload) else { throw damaged(key, in: tables.tally) }
                return tally
            }
        }
    }
}

/// Bytewise order, as LMDB's: negative, zero or positive.
func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    for i in 0..<min(a.count, b.count) where a[i] != b[i] { return Int(a[i]) - Int(b[i]) }
    return a.count - b.count
}

/// Bytes for people: at most 64 of them, in hexadecimal.
func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
    let digits = Array("0123456789abcdef")
    let text = String(bytes.prefix(64).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    return bytes.count > 64 ? text + "... (\(bytes.count) bytes)" : text
}
