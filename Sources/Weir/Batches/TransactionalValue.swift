public import WeirStore

/// A value with the batch that last changed it: Trident's TransactionalValue, for state that lies outside of this store.
///
/// For transactional streams, in which a batch has the same content however often it is replayed: a batch that has changed the value before
/// need not change it again. For streams whose batches may change, use `OpaqueValue`.
///
/// Change a value once per batch: combine the batch's changes first, as Trident's persistentAggregate does.
public struct TransactionalValue<Value> {
    /// The batch that changed it last. Trident: txid.
    public let batch: BatchID
    /// The value after that batch.
    public let current: Value

    /// A value and the batch that changed it last.
    public init(batch: BatchID, current: Value) {
        self.batch = batch
        self.current = current
    }

    /// What to store after `batch`: unchanged when it is stored already. `stored` is nil where nothing was stored; `change` is given the value before the batch.
    ///
    /// Throws `.batchOutOfOrder` when a later batch has changed it: batches must be committed in order. O(1) and what `change` costs.
    public static func updating(_ stored: Self?, in batch: BatchID, _ change: (Value?) throws -> Value) throws -> Self {
        guard let stored else { return Self(batch: batch, current: try change(nil)) }
        if stored.batch == batch { return stored }
        try checkOrder(stored: stored.batch, batch)
        return Self(batch: batch, current: try change(stored.current))
    }
}

extension TransactionalValue: Sendable where Value: Sendable {}
extension TransactionalValue: Equatable where Value: Equatable {}
extension TransactionalValue: Hashable where Value: Hashable {}

extension TransactionalValue: StorageValue where Value: StorageValue {
    /// `transactional(value)`
    public static var storageName: String { "transactional(\(Value.storageName))" }

    /// `[version u8 = 1][batch u64][value]`, little-endian. O(n).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var encoder = RowEncoder(capacity: 32)
        encoder.integer(UInt8(1))
        encoder.integer(batch.rawValue)
        current.withStorageBytes { encoder.rest($0) }
        return try encoder.bytes.withUnsafeBytes(body)
    }

    /// Needs what `withStorageBytes` gave.
    public init(storageBytes: UnsafeRawBufferPointer) throws {
        var decoder = RowDecoder(storageBytes, "transactional value")
        try decoder.version(1)
        batch = BatchID(rawValue: try decoder.integer())
        current = try Value(storageBytes: decoder.rest())
    }
}

/// Trident: "batch is behind state's batch". An update must never overwrite what a later batch made.
func checkOrder(stored: BatchID, _ batch: BatchID) throws(ExactlyOnceError) {
    guard stored < batch else {
        throw ExactlyOnceError(
            .batchOutOfOrder, "Batch \(batch) would change a value that batch \(stored) has changed: commit batches in their order.")
    }
}
