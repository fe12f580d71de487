public import WeirStore

// The same by typed keys and values, encoded as in a table of the store.

extension KeyedState {
    /// Adds to a counter and returns its new value. O(1).
    @discardableResult
    public func add<K: StorageKey>(_ delta: Int64, to key: K) throws -> Int64 {
        try key.withStorageBytes { try add(delta, to: $0) }
    }

    /// A counter's value, 0 for a key without one. Throws `.notACounter` when the value is none.
    public func count<K: StorageKey>(of key: K) throws -> Int64 {
        try key.withStorageBytes { key in
            try withValue(of: key) { bytes in
                guard let bytes else { return 0 }
                guard bytes.count == 8 else {
                    throw StateError(.notACounter, "A key of state \(name) has a value of \(bytes.count) bytes; a counter has 8.")
                }
                return try Counter(storageBytes: bytes).value
            }
        }
    }

    /// A key's value, nil when it has none. Throws when its bytes are no `V`.
    public func value<K: StorageKey, V: StorageValue>(for key: K, as type: V.Type) throws -> V? {
        try key.withStorageBytes { key in
            try withValue(of: key) { bytes in try bytes.map { try V(storageBytes: $0) } }
        }
    }

    /// Sets a key's value.
    public func set<K: StorageKey, V: StorageValue>(_ value: V, for key: K) throws {
        try key.withStorageBytes { key in try value.withStorageBytes { value in try put(value, for: key) } }
    }

    /// Removes a key, whether it has a value or not.
    public func remove<K: StorageKey>(_ key: K) throws {
        try key.withStorageBytes { try remove($0) }
    }
}
