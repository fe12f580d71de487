import Synchronization
import WeirStore

extension KeyedState {
    /// Lends a key's value to `body`, nil when it has none. The bytes are valid only there, and `body` must not change the state. O(1)
    /// in memory.
    public func withValue<R>(of key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) throws -> R) throws -> R {
        guard let record = try load(key, ByteHash.hash(key)) else { return try body(nil) }
        record.pointee.flags |= StateCore.Flag.referenced
        core.pointee.loans += 1
        defer { core.pointee.loans -= 1 }
        return try body(core.pointee.map.value(of: record))
    }

    /// A copy of a key's value. O(bytes).
    public func get(_ key: UnsafeRawBufferPointer) throws -> [UInt8]? {
        try withValue(of: key) { $0.map { [UInt8]($0) } }
    }

    /// The record of a key, read in if it is not in memory; nil when the key is nowhere.
    func load(_ key: UnsafeRawBufferPointer, _ hash: UInt64) throws(StateError) -> ByteRecordPointer? {
        if let record = core.pointee.map.find(key, hash: hash) { return record }
        try check(key)
        dropOverlayIfRetired()
        if let overlay = core.pointee.overlay, let found = overlay.find(key, hash) {
            guard let value = overlay.value(of: found) else { return nil }
            return keep(key, hash, value)
        }
        if core.pointee.isComplete { return nil }
        do {
            return try store.read { snapshot in
                try snapshot.withRawValue(key, in: table) { value in value.map { keep(key, hash, $0) } }
            }
        } catch {
            throw StateError(.storeFailed, "A key of state \(name) could not be read: \(error)", cause: error)
        }
    }

    /// What is in the B-tree need not be looked for in the overlay.
    func dropOverlayIfRetired() {
        if core.pointee.overlay != nil, gauge.overlayRetired.load(ordering: .acquiring) { core.pointee.overlay = nil }
    }

    private func keep(_ key: UnsafeRawBufferPointer, _ hash: UInt64, _ value: UnsafeRawBufferPointer) -> ByteRecordPointer {
        let record = core.pointee.insert(key, hash: hash)
        core.pointee.map.set(value, of: record)
        record.pointee.flags = StateCore.Flag.referenced
        core.pointee.statistics.loaded += 1
        return record
    }
}
