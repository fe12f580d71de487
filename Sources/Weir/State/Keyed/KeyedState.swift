import WeirStore

/// A named table of keys and values that belongs to one task of a bolt: in memory, and exactly once on disk.
///
/// A change is made in memory at once and becomes durable with the commit of the batch that made it, together with the batch's offsets
/// and outputs; if the batch fails, the state is thrown away and opened again as of the last commit. Keys that memory has no room for
/// are read back from the store.
///
/// Confined to its task: it is not `Sendable`. A task sees all keys of the state's table, but only those that its grouping routes to it
/// are its own: it must not change others. Keys have 1 to 511 bytes, values as many as the store allows. Reads may wait for the disk
/// when a key is not in memory.
///
///     let count = try context.state.add(1, to: "weir")
public final class KeyedState {
    let core: UnsafeMutablePointer<StateCore>
    let ticket: StateTicket
    let gauge: JournalGauge
    let store: Store
    let table: RawTable
    let foldLimit: Int
    /// What it is called in its topology.
    public let name: StateName
    /// The task that it belongs to.
    public let task: Int

    init(
        name: StateName, task: Int, ticket: StateTicket, gauge: JournalGauge, store: Store, table: RawTable, isEmpty: Bool,
        overlay: OverlayTable?, configuration: StateConfiguration
    ) {
        self.name = name
        self.task = task
        self.ticket = ticket
        self.gauge = gauge
        self.store = store
        self.table = table
        foldLimit = configuration.maximumFoldsPerCommit
        core = .allocate(capacity: 1)
        core.initialize(
            to: StateCore(
                queue: FoldQueue(FoldPace(limit: configuration.journalLimit)), overlay: overlay, isComplete: isEmpty && overlay == nil,
                memoryLimit: configuration.memoryLimit))
    }

    deinit {
        core.deinitialize(count: 1)
        core.deallocate()
    }

    /// Adds to a counter and returns its new value; a key without a value counts from 0. O(1).
    ///
    /// Throws `.notACounter` when the value is not one, `.overflow` beyond 64 bits, `.keySize`, and `.storeFailed` when a key must be
    /// read and cannot.
    @discardableResult
    public func add(_ delta: Int64, to key: UnsafeRawBufferPointer) throws(StateError) -> Int64 {
        let hash = ByteHash.hash(key)
        if let record = core.pointee.map.find(key, hash: hash), record.pointee.valueLength == 8 {
            let (sum, overflow) = Int64(bitPattern: UInt64(littleEndian: record.pointee.value)).addingReportingOverflow(delta)
            if !overflow {
                record.pointee.value = UInt64(bitPattern: sum).littleEndian
                if record.pointee.flags & StateCore.Flag.hot != StateCore.Flag.hot { core.pointee.touch(record) }
                return sum
            }
        }
        return try addToOther(delta, key, hash)
    }

    /// A key that is not in memory, has no value, or has one that cannot be added to.
    @inline(never)
    private func addToOther(_ delta: Int64, _ key: UnsafeRawBufferPointer, _ hash: UInt64) throws(StateError) -> Int64 {
        let record = try load(key, hash) ?? core.pointee.insert(key, hash: hash)
        var current: Int64 = 0
        if record.hasValue {
            guard record.pointee.valueLength == 8 else {
                throw StateError(
                    .notACounter, "A key of state \(name) has a value of \(record.pointee.valueLength) bytes; only 8 bytes can be added to."
                )
            }
            current = Int64(bitPattern: UInt64(littleEndian: record.pointee.value))
        }
        let (sum, overflow) = current.addingReportingOverflow(delta)
        guard !overflow else {
            throw StateError(.overflow, "A counter of state \(name) at \(current) cannot take \(delta) more: it has 64 bits.")
        }
        core.pointee.map.set(word: UInt64(bitPattern: sum), of: record)
        core.pointee.touch(record)
        return sum
    }

    /// Sets a key's value. Does not read the old one. O(bytes).
    public func put(_ value: UnsafeRawBufferPointer, for key: UnsafeRawBufferPointer) throws(StateError) {
        try check(key)
        guard value.count <= store.configuration.maximumValueBytes, value.count < Int(Int32.max) else {
            throw StateError(
                .valueSize,
                """
                A value of \(value.count) bytes was given to state \(name); the limit is \(store.configuration.maximumValueBytes). \
                Split it, or open the store with a larger maximumValueBytes.
                """)
        }
        let hash = ByteHash.hash(key)
        let record = core.pointee.map.find(key, hash: hash) ?? core.pointee.insert(key, hash: hash)
        core.pointee.refuseWhileLent()
        core.pointee.map.set(value, of: record)
        core.pointee.touch(record)
    }

    /// Removes a key, whether it has a value or not. O(1).
    public func remove(_ key: UnsafeRawBufferPointer) throws(StateError) {
        try check(key)
        core.pointee.refuseWhileLent()
        let hash = ByteHash.hash(key)
        let found = core.pointee.map.find(key, hash: hash)
        if found == nil, core.pointee.isComplete, core.pointee.overlay == nil { return }
        let record = found ?? core.pointee.insert(key, hash: hash)
        core.pointee.map.clearValue(of: record)
        core.pointee.touch(record)
    }

    func check(_ key: UnsafeRawBufferPointer) throws(StateError) {
        guard key.count >= 1, key.count <= StateLimits.keyBytes else { throw .keySize(key.count) }
    }

    /// Counts since it was opened.
    public var statistics: KeyedStateStatistics {
        var statistics = core.pointee.statistics
        statistics.keys = core.pointee.map.count
        statistics.memoryBytes = core.pointee.memory
        statistics.folded = Int(core.pointee.queue.folded)
        statistics.unfolded = core.pointee.queue.left
        return statistics
    }
}
