import Synchronization
import Weir
import WeirStore

/// An exactly-once bolt's memory of what it has processed: the filter, and the task's state that keeps it over a crash.
struct OriginLedger {
    private var filter = OriginFilter()
    private let state: KeyedState
    private let services: TaskServices
    /// Hashes of the sources' names: the same over restarts, whatever spouts come and go.
    private let names: [UInt64]

    /// Below these offsets, one per partition, an earlier attempt may have left origins.
    private var recovered: [UInt64]

    init(_ state: KeyedState, _ services: TaskServices) throws {
        self.state = state
        self.services = services
        names = services.watermarks.map { watermark in
            var name = watermark.component
            return name.withUTF8 { ByteHash.hash(UnsafeRawBufferPointer($0)) }
        }
        recovered = services.watermarks.map { _ in 0 }
        if services.store.configuration.has(.originsForgotten) { return }
        try state.scan { key, _ in
            if let (source, offset) = parse(key) { recovered[source] = max(recovered[source], offset + 1) }
            return .next
        }
    }

    private func parse(_ key: UnsafeRawBufferPointer) -> (source: Int, offset: UInt64)? {
        guard key.count == 28 else { return nil }
        let name = UInt64(bigEndian: key.loadUnaligned(as: UInt64.self))
        let partition = UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let offset = UInt64(bigEndian: key.loadUnaligned(fromByteOffset: 12, as: UInt64.self))
        guard let source = names.indices.first(where: { names[$0] == name && services.watermarks[$0].partition == partition }) else {
            return nil
        }
        return (source, offset)
    }

    /// Whether the tuple is new to this bolt; if so, it is remembered.
    mutating func admit(_ origin: OriginFilter.Origin) throws -> Bool {
        let watermark = services.watermarks[Int(origin.source)].offset.load(ordering: .relaxed)
        guard filter.admit(origin, watermark: watermark) else { return false }
        return try withKey(origin) { key in
            // What an earlier attempt committed is looked up: memory knows only what this one has seen.
            if origin.offset < recovered[Int(origin.source)], try state.withValue(of: key, { $0 != nil }) { return false }
            try withUnsafeBytes(of: UInt8(1)) { try state.put($0, for: key) }
            return true
        }
    }

    mutating func forget(_ origin: OriginFilter.Origin) throws {
        filter.forget(origin)
        try withKey(origin) { try state.remove($0) }
    }

    /// Drops what lies below the offsets that are about to be committed.
    mutating func prune() throws {
        let watermarks = services.watermarks.map { $0.offset.load(ordering: .relaxed) }
        var dropped: [OriginFilter.Origin] = []
        filter.prune(below: { watermarks[Int($0)] }) { dropped.append($0) }
        for origin in dropped { try withKey(origin) { try state.remove($0) } }
    }

    /// [hash of the source's name u64][partition u32][offset u64][path u64], big-endian.
    private func withKey<R>(_ origin: OriginFilter.Origin, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeTemporaryAllocation(byteCount: 28, alignment: 8) { key in
            key.storeBytes(of: names[Int(origin.source)].bigEndian, as: UInt64.self)
            key.storeBytes(of: services.watermarks[Int(origin.source)].partition.bigEndian, toByteOffset: 8, as: UInt32.self)
            key.storeBytes(of: origin.offset.bigEndian, toByteOffset: 12, as: UInt64.self)
            key.storeBytes(of: origin.path.bigEndian, toByteOffset: 20, as: UInt64.self)
            return try body(UnsafeRawBufferPointer(key))
        }
    }
}
