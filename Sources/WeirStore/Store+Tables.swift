import LMDB

extension Store {
    /// Opens a table, creating it when there is none. Throws `.typeMismatch` when it was created with other types, `.tooManyTables` at the limit.
    ///
    /// Names have 1 to 200 bytes; those that begin with `weir.` and `state.` are the system's. Creating commits.
    @available(*, noasync, message: "opening a table may wait for the disk: in async code, await it")
    public func table<K: StorageKey, V: StorageValue>(_ name: String, key: K.Type, value: V.Type) throws(StoreError) -> Table<K, V> {
        try TableName.checkUser(name)
        return try systemTable(name, key: key, value: value)
    }

    /// The same without blocking.
    public func table<K: StorageKey, V: StorageValue>(_ name: String, key: K.Type, value: V.Type) async throws -> Table<K, V> {
        try TableName.checkUser(name)
        return try await systemTable(name, key: key, value: value)
    }

    /// Opens a table only if it exists; never creates, never commits. Also for stores that are open for reading only.
    @available(*, noasync, message: "opening a table may wait for the disk: in async code, await it")
    public func existingTable<K: StorageKey, V: StorageValue>(
        _ name: String, key: K.Type, value: V.Type
    ) throws(StoreError) -> Table<K, V>? {
        let types = TableTypes(key: K.storageName, value: V.storageName)
        return try calling("open table \(name)") {
            guard let raw = try self.openExisting(name, types) else { return nil }
            return Table(name: name, raw: raw)
        }
    }

    /// As `table`, for any name.
    @available(*, noasync, message: "opening a table may wait for the disk: in async code, await it")
    package func systemTable<K: StorageKey, V: StorageValue>(_ name: String, key: K.Type, value: V.Type) throws(StoreError) -> Table<K, V> {
        let types = TableTypes(key: K.storageName, value: V.storageName)
        return try calling("open table \(name)") {
            if self.configuration.access == .readOnly {
                guard let raw = try self.openExisting(name, types) else { throw TableName.absent(name) }
                return Table(name: name, raw: raw)
            }
            if let entry = self.engine.tables[name] { return Table(name: name, raw: try types.check(entry, name)) }
            return Table(name: name, raw: try self.engine.openOnCommitter(name, types))
        }
    }

    /// The same without blocking.
    package func systemTable<K: StorageKey, V: StorageValue>(_ name: String, key: K.Type, value: V.Type) async throws -> Table<K, V> {
        let types = TableTypes(key: K.storageName, value: V.storageName)
        if let entry = engine.tables[name] { return Table(name: name, raw: try types.check(entry, name)) }
        let raw = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<RawTable, any Error>) in
            do {
                if configuration.access == .readOnly {
                    let engine = engine
                    engine.readers.enqueue {
                        continuation.resume(
                            with: Result {
                                guard let raw = try engine.openExisting(name, types) else { throw TableName.absent(name) }
                                return raw
                            })
                    } refused: {
                        continuation.resume(throwing: $0)
                    }
                } else {
                    try engine.enqueue(engine.tableJob(name, types) { continuation.resume(with: $0) })
                }
            } catch { continuation.resume(throwing: error) }
        }
        return Table(name: name, raw: raw)
    }

    func openExisting(_ name: String, _ types: TableTypes) throws -> RawTable? {
        if engine.configuration.access == .readOnly || engine.tables[name] != nil { return try engine.openExisting(name, types) }
        let exists = try engine.read(#fileID) { snapshot in
            try name.withStorageBytes { try snapshot.withRawValue($0, in: snapshot.tables.catalog) { $0 != nil } }
        }
        return exists ? try engine.openOnCommitter(name, types) : nil
    }
}

enum TableName {
    static func checkUser(_ name: String) throws(StoreError) {
        guard (1...200).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw StoreError(.invalidArgument, "A table's name has 1 to 200 bytes and no zero byte; \(name.utf8.count) bytes were given.")
        }
        guard !name.hasPrefix("weir."), !name.hasPrefix("state.") else {
            throw StoreError(.invalidArgument, "Table names that begin with weir. and state. are the system's: \(name) needs another name.")
        }
    }

    static func absent(_ name: String) -> StoreError {
        StoreError(.notFound, "There is no table \(name): `weir table list` shows those that are there.")
    }
}
