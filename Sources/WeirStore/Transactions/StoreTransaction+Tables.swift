// Typed reads of both kinds of transaction, and the writes of one.

extension StoreTransaction {
    /// The value under `key`, or nil. O(log n). Throws `.corrupt` when the record fails its checksum.
    public borrowing func get<K, V>(_ key: K, in table: Table<K, V>) throws -> V? {
        try key.withStorageBytes { key in
            try withRawValue(key, in: table.raw) { bytes in
                guard let bytes else { return nil }
                return try decode(V.self, bytes, in: table.name)
            }
        }
    }

    /// The value's bytes as they lie in the page, without a copy: valid only inside `body`. O(log n).
    public borrowing func withBytes<K, V, R>(of key: K, in table: Table<K, V>, _ body: (UnsafeRawBufferPointer?) throws -> R) throws -> R {
        try key.withStorageBytes { try withRawValue($0, in: table.raw, body) }
    }

    /// Whether there is a value under `key`. O(log n).
    public borrowing func contains<K, V>(_ key: K, in table: Table<K, V>) throws -> Bool {
        try withBytes(of: key, in: table) { $0 != nil }
    }

    /// The number of records. O(1).
    public borrowing func count<K, V>(_ table: Table<K, V>) throws -> Int { try countRaw(table.raw) }

    /// Entries in key order, from `lower` (inclusive) to `upper` (exclusive), or from the upper end down in reverse. O(log n + entries).
    public borrowing func scan<K, V>(
        _ table: Table<K, V>, from lower: K? = nil, upTo upper: K? = nil, reverse: Bool = false, _ body: (K, V) throws -> ScanStep
    ) throws {
        let low = lower.map { $0.withStorageBytes { [UInt8]($0) } }
        let high = upper.map { $0.withStorageBytes { [UInt8]($0) } }
        try scanBetween(table, low, high, reverse: reverse, body)
    }

    /// Entries whose encoded key begins with `prefix`, in key order or in reverse. O(log n + entries).
    public borrowing func scan<K, V>(
        _ table: Table<K, V>, prefix: [UInt8], reverse: Bool = false, _ body: (K, V) throws -> ScanStep
    ) throws {
        try scanBetween(table, prefix, successor(of: prefix), reverse: reverse, body)
    }

    /// Entries of a composite key with this first part, in the order of the second. O(log n + entries).
    public borrowing func scan<A, B, V>(
        _ table: Table<Pair<A, B>, V>, first: A, reverse: Bool = false, _ body: (B, V) throws -> ScanStep
    ) throws {
        try scan(table, prefix: Pair<A, B>.prefix(first), reverse: reverse) { key, value in try body(key.second, value) }
    }

    private borrowing func scanBetween<K, V>(
        _ table: Table<K, V>, _ low: [UInt8]?, _ high: [UInt8]?, reverse: Bool, _ body: (K, V) throws -> ScanStep
    ) throws {
        func beyond(_ key: UnsafeRawBufferPointer, _ bound: [UInt8]?, _ isBeyond: (Int) -> Bool) -> Bool {
            guard let bound else { return false }
            return bound.withUnsafeBytes { isBeyond(order(key, $0)) }
        }
        func visit(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep {
            // A reverse scan starts at the upper bound itself, which does not belong to it.
            if beyond(key, high, { $0 >= 0 }) { return reverse ? .next : .stop }
            if beyond(key, low, { $0 < 0 }) { return .stop }
            return try body(try decode(K.self, key, in: table.name), try decode(V.self, value, in: table.name))
        }
        let start = reverse ? high : low
        guard let start else { return try scanRaw(table.raw, reverse: reverse) { key, value, _ in try visit(key, value) } }
        try start.withUnsafeBytes { start in
            try scanRaw(table.raw, from: start, reverse: reverse) { key, value, _ in try visit(key, value) }
        }
    }
}

extension StoreTransaction where Access == Writing {
    /// Puts a value under a key, whatever was there. O(log n). Throws when a limit of the configuration is reached.
    public mutating func put<K, V>(_ value: V, for key: K, in table: Table<K, V>) throws {
        try key.withStorageBytes { key in
            try value.withStorageBytes { value in try putRaw(key, value, in: table.raw) }
        }
    }

    /// Deletes a key; returns whether it was there. O(log n).
    @discardableResult
    public mutating func delete<K, V>(_ key: K, in table: Table<K, V>) throws -> Bool {
        try key.withStorageBytes { try deleteRaw($0, in: table.raw) }
    }
}

private func decode<T: StorageValue>(_ type: T.Type, _ bytes: UnsafeRawBufferPointer, in table: String) throws(StoreError) -> T {
    do { return try T(storageBytes: bytes) } catch {
        throw StoreError(.corrupt, "Table \(table) holds bytes that are no \(T.storageName): \(error). Run `weir verify`.")
    }
}

/// The first bytes after everything that begins with `prefix`; nil where there is no end.
private func successor(of prefix: [UInt8]) -> [UInt8]? {
    var bytes = prefix
    while let last = bytes.popLast() {
        if last == 0xFF { continue }
        bytes.append(last + 1)
        return bytes
    }
    return nil
}
