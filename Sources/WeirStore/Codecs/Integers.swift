// Integers are stored big-endian, signed ones with the sign bit flipped: byte order is numeric order.

@inline(__always)
func decodeBigEndian<I: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, as type: I.Type, _ name: String) throws -> I {
    guard bytes.count == MemoryLayout<I>.size else {
        throw DecodingFailure("\(name) needs \(MemoryLayout<I>.size) bytes, there are \(bytes.count)")
    }
    return I(bigEndian: bytes.loadUnaligned(as: I.self))
}

extension UInt64: StorageKey {
    /// `u64`
    public static var storageName: String { "u64" }
    /// 8 bytes.
    public static var storageSize: Int? { 8 }
    /// Big-endian. O(1).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes(of: bigEndian, body)
    }
    /// Needs 8 bytes.
    public init(storageBytes: UnsafeRawBufferPointer) throws { self = try decodeBigEndian(storageBytes, as: UInt64.self, "u64") }
}

extension UInt32: StorageKey {
    /// `u32`
    public static var storageName: String { "u32" }
    /// 4 bytes.
    public static var storageSize: Int? { 4 }
    /// Big-endian. O(1).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes(of: bigEndian, body)
    }
    /// Needs 4 bytes.
    public init(storageBytes: UnsafeRawBufferPointer) throws { self = try decodeBigEndian(storageBytes, as: UInt32.self, "u32") }
}

extension Int64: StorageKey {
    /// `i64`
    public static var storageName: String { "i64" }
    /// 8 bytes.
    public static var storageSize: Int? { 8 }
    /// Big-endian with the sign bit flipped. O(1).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes(of: (UInt64(bitPattern: self) ^ (1 << 63)).bigEndian, body)
    }
    /// Needs 8 bytes.
    public init(storageBytes: UnsafeRawBufferPointer) throws {
        self = Int64(bitPattern: try decodeBigEndian(storageBytes, as: UInt64.self, "i64") ^ (1 << 63))
    }
}

extension TransactionID: StorageKey {
    /// `txid`
    public static var storageName: String { "txid" }
    /// 8 bytes.
    public static var storageSize: Int? { 8 }
    /// Big-endian. O(1).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { try rawValue.withStorageBytes(body) }
    /// Needs 8 bytes.
    public init(storageBytes: UnsafeRawBufferPointer) throws { self.init(rawValue: try UInt64(storageBytes: storageBytes)) }
}

extension Double: StorageValue {
    /// `f64`
    public static var storageName: String { "f64" }
    /// IEEE 754 bits, big-endian. A value, not a key: its bytes do not order as numbers do. O(1).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { try bitPattern.withStorageBytes(body) }
    /// Needs 8 bytes.
    public init(storageBytes: UnsafeRawBufferPointer) throws { self.init(bitPattern: try UInt64(storageBytes: storageBytes)) }
}

extension Bool: StorageValue {
    /// `bool`
    public static var storageName: String { "bool" }
    /// One byte, 0 or 1.
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes(of: UInt8(self ? 1 : 0), body)
    }
    /// Needs one byte, 0 or 1.
    public init(storageBytes: UnsafeRawBufferPointer) throws {
        guard storageBytes.count == 1, storageBytes[0] < 2 else { throw DecodingFailure("bool needs one byte, 0 or 1") }
        self = storageBytes[0] == 1
    }
}
