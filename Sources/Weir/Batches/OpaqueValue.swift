public import WeirStore

/// A value with the batch that last changed it, and what it was before: Trident's OpaqueValue, for state that lies outside of this store.
///
/// For opaque streams, in which a batch may have other content when it is replayed: its change is made again, upon the value from before it, so that what an
/// earlier attempt of the batch made is gone.
///
/// Change a value once per batch: combine the batch's changes first, as Trident's persistentAggregate does. What an earlier attempt
/// changed and this one does not, stays changed, in Trident too: only effects inside this store are free of that.
public struct OpaqueValue<Value> {
    /// The batch that changed it last. Trident: txid.
    public let batch: BatchID
    /// The value before that batch; nil where there was none.
    public let previous: Value?
    /// The value after that batch.
    public let current: Value

    /// A value, what it was before, and the batch that changed it.
    public init(batch: BatchID, previous: Value?, current: Value) {
        self.batch = batch
        self.previous = previous
        self.current = current
    }

    /// What to store after `batch`. `stored` is nil where nothing was stored; `change` is given the value before the batch, also when the batch is replayed.
    ///
    /// Throws `.batchOutOfOrder` when a later batch has changed it: batches must be committed in order. O(1) and what `change` costs.
    public static func updating(_ stored: Self?, in batch: BatchID, _ change: (Value?) throws -> Value) throws -> Self {
        guard let stored else { return Self(batch: batch, previous: nil, current: try change(nil)) }
        if stored.batch == batch { return Self(batch: batch, previous: stored.previous, current: try change(stored.previous)) }
        try checkOrder(stored: stored.batch, batch)
        return Self(batch: batch, previous: stored.current, current: try change(stored.current))
    }

    /// The value before `batch`, for reading while the batch is computed; nil where there was none. O(1).
    public func value(before batch: BatchID) throws -> Value? {
        if self.batch == batch { return previous }
        try checkOrder(stored: self.batch, batch)
        return current
    }
}

extension OpaqueValue: Sendable where Value: Sendable {}
extension OpaqueValue: Equatable where Value: Equatable {}
extension OpaqueValue: Hashable where Value: Hashable {}

extension OpaqueValue: StorageValue where Value: StorageValue {
    /// `opaque(value)`
    public static var storageName: String { "opaque(\(Value.storageName))" }

    /// `[version u8 = 1][batch u64][has previous u8]([length u32][previous])[current]`, little-endian. O(n).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var encoder = RowEncoder(capacity: 48)
        encoder.integer(UInt8(1))
        encoder.integer(batch.rawValue)
        encoder.integer(UInt8(previous == nil ? 0 : 1))
        previous?.withStorageBytes { encoder.blob([UInt8]($0)) }
        current.withStorageBytes { encoder.rest($0) }
        return try encoder.bytes.withUnsafeBytes(body)
    }

    /// Needs what `withStorageBytes` gave.
    public init(storageBytes: UnsafeRawBufferPointer) throws {
        var decoder = RowDecoder(storageBytes, "opaque value")
        try decoder.version(1)
        batch = BatchID(rawValue: try decoder.integer())
        switch try decoder.integer(UInt8.self) {
        case 0: previous = nil
        case 1: previous = try decoder.blob().withUnsafeBytes { try Value(storageBytes: $0) }
        case let flag: throw decoder.failure("\(flag) is no flag")
        }
        current = try Value(storageBytes: decoder.rest())
    }
}
