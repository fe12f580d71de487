public import WeirStore

extension KeyedState {
    /// The state's keys that begin with `prefix` and belong to this task, with their values, in key order, until `body` says stop.
    ///
    /// The table on disk is shared by all tasks: `isOwn` tells which keys are this task's, as its grouping does. Keys of others, if
    /// they are let through, show older values. The bytes are valid only in `body`, which must not change the state. O(keys in memory +
    /// entries).
    public func scan(
        prefix: [UInt8] = [], where isOwn: (UnsafeRawBufferPointer) throws -> Bool = { _ in true },
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        dropOverlayIfRetired()
        core.pointee.loans += 1
        defer { core.pointee.loans -= 1 }
        try prefix.withUnsafeBytes { prefix in
            var merged = MergedScan(core.pointee.newer(prefix), prefix: prefix)
            func visit(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep {
                try isOwn(key) ? body(key, value) : .next
            }
            if core.pointee.isComplete {
                try merged.finish(visit)
            } else {
                try store.read { try merged.run(over: table, in: $0, visit) }
            }
        }
    }
}

extension StateCore {
    /// What memory and overlay know of keys with a prefix, in key order; memory is the newer of the two.
    func newer(_ prefix: UnsafeRawBufferPointer) -> [MergedScan.Newer] {
        var entries: ContiguousArray<KeyOrder.Entry> = []
        var overlaid: Set<ByteRecordPointer> = []
        map.forEach { record in
            if record.key.starts(with: prefix) { entries.append(KeyOrder.Entry(prefix: record.keyPrefix, record: record)) }
        }
        overlay?.forEach { record in
            guard record.key.starts(with: prefix), map.find(record.key) == nil else { return }
            entries.append(KeyOrder.Entry(prefix: record.keyPrefix, record: record))
            overlaid.insert(record)
        }
        var newer: [MergedScan.Newer] = []
        newer.reserveCapacity(entries.count)
        KeyOrder(entries).drain { record in
            newer.append((record.key, overlaid.contains(record) ? overlay?.value(of: record) : map.value(of: record)))
        }
        return newer
    }
}
