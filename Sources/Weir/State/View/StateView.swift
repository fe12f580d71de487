import Synchronization
public import WeirStore

/// A topology's state as seen from outside of it: exact as of a snapshot's transaction ID, also while the topology runs, and from
/// another process.
///
/// What a snapshot shows is the state's table with the rows of the journal laid over it. The first read at a new transaction ID reads
/// the journal's tail (at most `StateConfiguration.journalLimit`), later ones at the same ID use what was read.
///
///     let counts = try StateView("counts", of: "wordcount", in: store)
///     try store.read { snapshot in
///         let weir = try counts.count(of: "weir", in: snapshot)          // as of snapshot.transactionID
///     }
public final class StateView: Sendable {
    private struct Tail: Sendable {
        let id: TransactionID
        let newest: OverlayTable?
    }

    /// The state and its topology.
    public let name: StateName
    private let keys: JournalKeys
    private let journal: RawTable
    private let values: RawTable
    private let number: UInt32
    private let tail = Mutex<Tail?>(nil)

    /// A view of a state. Throws `.notFound` when the store has none of that name. May wait for the disk.
    public init(_ state: String, of topology: String, in store: Store) throws {
        name = try StateName(topology: topology, name: state)
        keys = JournalKeys(topology: topology)
        let absent = StateError(.notFound, "There is no state \(name) in the store: `weir state list` shows those that are there.")
        guard let registry = try Self.registry(store),
            let number = try store.read({ try $0.get(Pair(topology, state), in: registry) }),
            let journal = try store.existingTable("weir.journal", key: Pair<String, Pair<UInt64, UInt32>>.self, value: [UInt8].self),
            let values = try store.existingTable(name.tableName, key: [UInt8].self, value: [UInt8].self)
        else { throw absent }
        self.number = number
        self.journal = journal.raw
        self.values = values.raw
    }

    /// All states in a store, by topology and name.
    public static func states(in store: Store) throws -> [StateName] {
        guard let registry = try registry(store) else { return [] }
        return try store.read { snapshot in
            var names: [StateName] = []
            try snapshot.scan(registry) { key, _ in
                names.append(try StateName(topology: key.first, name: key.second))
                return .next
            }
            return names
        }
    }

    private static func registry(_ store: Store) throws(StoreError) -> StateTables.Registry? {
        try store.existingTable("weir.states", key: Pair<String, String>.self, value: UInt32.self)
    }

    /// Lends a key's value to `body`, nil when it has none; valid only there. O(log n) once the tail is read.
    public func withValue<R>(
        of key: UnsafeRawBufferPointer, in snapshot: borrowing Snapshot, _ body: (UnsafeRawBufferPointer?) throws -> R
    ) throws -> R {
        guard (1...StateLimits.keyBytes).contains(key.count) else { throw StateError.keySize(key.count) }
        if let newest = try newest(in: snapshot), let record = newest.find(key, ByteHash.hash(key)) {
            return try body(newest.value(of: record))
        }
        return try snapshot.withRawValue(key, in: values, body)
    }

    /// Keys that begin with `prefix` and their values, in key order, until `body` says stop. The bytes are valid only there. O(keys in
    /// the tail + entries).
    public func scan(
        prefix: [UInt8] = [], in snapshot: borrowing Snapshot, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        let newest = try newest(in: snapshot)
        try prefix.withUnsafeBytes { prefix in
            var newer: [MergedScan.Newer] = []
            newest?.inOrder().drain { record in
                if record.key.starts(with: prefix) { newer.append((record.key, newest?.value(of: record))) }
            }
            var merged = MergedScan(newer, prefix: prefix)
            try merged.run(over: values, in: snapshot, body)
        }
    }

    /// What the journal of a snapshot says about this state.
    private func newest(in snapshot: borrowing Snapshot) throws -> OverlayTable? {
        let id = snapshot.transactionID
        if let known = tail.withLock({ $0 }), known.id == id { return known.newest }
        var overlay = StateOverlay()
        let number = number
        _ = try overlay.read(keys, journal, in: snapshot) { $0 == number }
        let read = Tail(id: id, newest: overlay.tables[number])
        tail.withLock { $0 = read }
        return read.newest
    }
}

extension StateView {
    /// A copy of a key's value, nil when it has none.
    public func get(_ key: [UInt8], in snapshot: borrowing Snapshot) throws -> [UInt8]? {
        try key.withUnsafeBytes { key in try withValue(of: key, in: snapshot) { $0.map { [UInt8]($0) } } }
    }

    /// A key's value, nil when it has none. Throws when its bytes are no `V`.
    public func value<K: StorageKey, V: StorageValue>(for key: K, as type: V.Type, in snapshot: borrowing Snapshot) throws -> V? {
        try key.withStorageBytes { key in
            try withValue(of: key, in: snapshot) { bytes in try bytes.map { try V(storageBytes: $0) } }
        }
    }

    /// A counter's value, 0 for a key without one.
    public func count<K: StorageKey>(of key: K, in snapshot: borrowing Snapshot) throws -> Int64 {
        try value(for: key, as: Counter.self, in: snapshot)?.value ?? 0
    }
}
