import LMDB
import Synchronization

// The catalog of tables: opening one checks its types, creating one gives it a number. Tables are never dropped: LMDB cannot do so safely under readers.

extension Engine {
    /// A job for the committer that opens or creates a table, alone in its transaction.
    func tableJob(_ name: String, _ types: TableTypes, _ done: @escaping @Sendable (Result<RawTable, any Error>) -> Void) -> WriteJob {
        let opened = Monitor<(raw: RawTable, epoch: UInt64)?>(nil)
        let tables = tables
        return WriteJob(
            perform: { [self] transaction in
                let raw = try tables[name].map { try types.check($0, name) } ?? transaction.openTable(name, types)
                opened.withLock { $0 = (raw, epoch.load(ordering: .relaxed)) }
            },
            complete: { [self] result in
                guard case .success = result, let opened = opened.withLock({ $0 }) else {
                    return done(result.flatMap { _ in .failure(TableName.absent(name)) })
                }
                guard opened.epoch == epoch.load(ordering: .relaxed) else {
                    // The commit was done and reported as failed, and the environment was replaced: the handle belongs to the old one, and the new one would
                    // give it to the next table.
                    do { return try enqueue(tableJob(name, types, done)) } catch { return done(.failure(error)) }
                }
                tables.add(name, OpenTables.Entry(raw: opened.raw, types: types))
                done(.success(opened.raw))
            }, isAlone: true)
    }

    /// Has the committer open or create a table, and waits for it.
    func openOnCommitter(_ name: String, _ types: TableTypes) throws -> RawTable {
        if let entry = tables[name] { return try types.check(entry, name) }
        refuseNesting()
        let opened = Monitor<Result<RawTable, any Error>?>(nil)
        try enqueue(tableJob(name, types) { result in opened.withLock(wake: true) { $0 = result } })
        guard let raw = try opened.wait(until: { $0 })?.get() else { throw TableName.absent(name) }
        return raw
    }

    /// Opens a table that exists, from a process that only reads.
    func openExisting(_ name: String, _ types: TableTypes) throws -> RawTable? {
        if let entry = tables[name] { return try types.check(entry, name) }
        return try opening.withLock { _ in
            if let entry = tables[name] { return try types.check(entry, name) }
            let ticket = try gate.enter("opening table \(name)")
            defer { gate.leave(ticket) }
            let snapshot = Snapshot(raw: try gate.begin(ticket), tables: tables, transactionID: .zero, account: nil)
            guard let (number, stored) = try snapshot.catalogEntry(name) else { return nil }
            guard stored == types else { throw stored.mismatch(types, name) }
            let raw = snapshot.end()
            let database = try translating("open table \(name)") { () throws(LMDBError) in try raw.database(named: name, create: false) }
            try raw.commit(to: "open table \(name)")
            guard let database else {
                throw StoreError(.corrupt, "Table \(name) is in the catalog but not in the file: run `weir verify`.")
            }
            let entry = OpenTables.Entry(raw: RawTable(database: database, number: number), types: types)
            tables.add(name, entry)
            return entry.raw
        }
    }
}

extension StoreTransaction {
    /// Every table of the catalog, by name. O(tables).
    borrowing func catalogEntries() throws -> [(name: String, number: UInt32, types: TableTypes)] {
        var entries: [(name: String, number: UInt32, types: TableTypes)] = []
        try scanRaw(tables.catalog) { key, value, _ in
            guard let entry = TableTypes.decode(value) else { throw damaged(key, in: tables.catalog) }
            entries.append((try String(storageBytes: key), entry.number, entry.types))
            return .next
        }
        return entries
    }

    borrowing func catalogEntry(_ name: String) throws -> (number: UInt32, types: TableTypes)? {
        try name.withStorageBytes { key in
            try withRawValue(key, in: tables.catalog) { bytes in
                guard let bytes else { return nil }
                guard let entry = TableTypes.decode(bytes) else { throw damaged(key, in: tables.catalog) }
                return entry
            }
        }
    }
}

extension StoreTransaction where Access == Writing {
    fileprivate mutating func openTable(_ name: String, _ types: TableTypes) throws -> RawTable {
        if let (number, stored) = try catalogEntry(name) {
            guard stored == types else { throw stored.mismatch(types, name) }
            let database = try translating("open table \(name)") { () throws(LMDBError) in try raw.database(named: name, create: false) }
            guard let database else {
                throw StoreError(.corrupt, "Table \(name) is in the catalog but not in the file: run `weir verify`.")
            }
            return RawTable(database: database, number: number)
        }
        let count = try countRaw(tables.catalog)
        guard count < writing.maximumTables else {
            throw StoreError(
                .tooManyTables,
                "Table \(name) cannot be created: there are \(count) tables, which is the limit. Open the store with more maximumTables.")
        }
        let number = SystemTable.firstUserNumber + UInt32(count)
        let database = try translating("create table \(name)") { () throws(LMDBError) in try raw.database(named: name, create: true) }
        guard let database else { throw StoreError(.io, "LMDB created table \(name) without a handle.") }
        let catalog = tables.catalog
        let entry = try types.encoded(number: number)
        try name.withStorageBytes { key in try entry.withUnsafeBytes { try putRaw(key, $0, in: catalog) } }
        return RawTable(database: database, number: number)
    }
}

extension TableTypes {
    func check(_ entry: OpenTables.Entry, _ name: String) throws(StoreError) -> RawTable {
        guard entry.types == self else { throw entry.types.mismatch(self, name) }
        return entry.raw
    }

    func mismatch(_ asked: TableTypes, _ name: String) -> StoreError {
        StoreError(
            .typeMismatch,
            "Table \(name) holds \(key) -> \(value), and was opened as \(asked.key) -> \(asked.value): open it with the types it was created with."
        )
    }
}
