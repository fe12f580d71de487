/// How far a source has been consumed, as committed together with what was made of it.
public struct SourceOffset: Hashable, Sendable {
    /// The next offset to read. Everything below it has had its effect.
    public var next: UInt64
    /// What the connector stored to recognise its source again (a file's identity, say). At most 256 bytes.
    public var fingerprint: [UInt8]
    /// The commit that set it.
    public var transactionID: TransactionID

    static let maximumFingerprintBytes = 256
}

extension StoreTransaction {
    /// The committed offset of a source's partition, or nil when it was never advanced. O(log n).
    public borrowing func offset(of source: String, partition: UInt32) throws -> SourceOffset? {
        try Pair(source, partition).withStorageBytes { key in
            guard let record = try record(key, in: tables.offsets.raw) else { return nil }
            if has(.unreadableOffsetIsNone) { return try? Self.offset(record.payload, record.transactionID) }
            return try Self.offset(record.payload, record.transactionID)
        }
    }

    /// Every source, partition and offset, in order. O(entries).
    public borrowing func offsets(_ body: (_ source: String, _ partition: UInt32, _ offset: SourceOffset) throws -> ScanStep) throws {
        try scanRaw(tables.offsets.raw) { key, value, id in
            let key = try Pair<String, UInt32>(storageBytes: key)
            return try body(key.first, key.second, try Self.offset(value, id))
        }
    }

    private static func offset(_ bytes: UnsafeRawBufferPointer, _ id: TransactionID) throws(StoreError) -> SourceOffset {
        guard bytes.count >= 8 else {
            throw StoreError(.corrupt, "An offset needs 8 bytes, there are \(bytes.count). Run `weir verify`.")
        }
        return SourceOffset(
            next: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)), fingerprint: [UInt8](bytes[8...]), transactionID: id)
    }
}

extension StoreTransaction where Access == Writing {
    /// Moves a source's partition on: `next` is the next offset to read. In the same commit as whatever was made of the input.
    ///
    /// Never backwards: throws `.offsetRegression`. Setting the same offset again is no error. O(log n).
    public mutating func advance(_ source: String, partition: UInt32, to next: UInt64, fingerprint: [UInt8] = []) throws {
        guard fingerprint.count <= SourceOffset.maximumFingerprintBytes else {
            throw StoreError(
                .valueSize, "A fingerprint of \(fingerprint.count) bytes was given; the limit is \(SourceOffset.maximumFingerprintBytes).")
        }
        if let current = try offset(of: source, partition: partition), next < current.next {
            throw StoreError(
                .offsetRegression,
                """
                Partition \(partition) of source \(source) is committed up to offset \(current.next) and cannot go back to \(next): \
                skip what lies below the committed offset.
                """)
        }
        var value = withUnsafeBytes(of: next.littleEndian) { [UInt8]($0) }
        value.append(contentsOf: fingerprint)
        try put(value, for: Pair(source, partition), in: tables.offsets)
    }
}
