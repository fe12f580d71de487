/// A table opened by its name alone: its bytes can be read, and the names of its types are known.
package struct StoredTable: Sendable {
    package let name: String
    /// The storage name of its keys' type.
    package let keyType: String
    /// The storage name of its values' type.
    package let valueType: String
    package let raw: RawTable
}

extension Store {
    /// The names of all tables that were ever opened, in order; the store's own four are not among them. O(tables).
    @available(*, noasync, message: "reading may wait for the disk: in async code, await it")
    package func tableNames() throws -> [String] {
        try engine.read(#fileID) { try $0.catalogEntries().map(\.name) }
    }

    /// Opens whatever table has this name; nil when there is none. Never creates, never commits.
    @available(*, noasync, message: "opening a table may wait for the disk: in async code, await it")
    package func storedTable(_ name: String) throws(StoreError) -> StoredTable? {
        try calling("open table \(name)") {
            guard (1...511).contains(name.utf8.count) else { return nil }
            let found = try self.engine.read(#fileID) { try $0.catalogEntry(name) }
            guard let types = found?.types, let raw = try self.openExisting(name, types) else { return nil }
            return StoredTable(name: name, keyType: types.key, valueType: types.value, raw: raw)
        }
    }
}

extension StoreTransaction {
    /// The value under `key` and the commit that wrote it, borrowed from LMDB's page: valid only inside `body`. O(log n).
    package borrowing func withRawRecord<R>(
        _ key: UnsafeRawBufferPointer, in table: RawTable, _ body: (UnsafeRawBufferPointer?, TransactionID) throws -> R
    ) throws -> R {
        guard let record = try record(key, in: table) else { return try body(nil, .zero) }
        return try body(record.payload, record.transactionID)
    }
}
