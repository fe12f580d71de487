public import WeirStore

/// What `KeyedState.add` keeps: a signed number of 64 bits, as 8 bytes, little-endian.
public struct Counter: StorageValue, Hashable, Sendable {
    /// The number.
    public var value: Int64

    /// A counter at this number.
    public init(_ value: Int64) { self.value = value }

    /// `counter`
    public static var storageName: String { "counter" }

    /// Eight bytes. O(1).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes(of: value.littleEndian, body)
    }

    /// Needs 8 bytes.
    public init(storageBytes: UnsafeRawBufferPointer) throws {
        guard storageBytes.count == 8 else { throw DecodingFailure("counter needs 8 bytes, there are \(storageBytes.count)") }
        value = Int64(littleEndian: storageBytes.loadUnaligned(as: Int64.self))
    }
}
