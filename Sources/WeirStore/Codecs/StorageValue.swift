/// A type that a table can hold. Its name is stored with the table and checked whenever the table is opened, so that bytes are
/// never read as something else (the idea is redb's).
public protocol StorageValue {
    /// The name that is stored with the table: short, stable, and changed whenever the bytes mean something else. At most 200 bytes.
    static var storageName: String { get }

    /// Hands the encoded bytes to `body`. They are valid only there.
    func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R

    /// Decodes what `withStorageBytes` gave. The bytes are unaligned, and valid only during the call. Whatever bytes come, throw or return: never trap.
    init(storageBytes: UnsafeRawBufferPointer) throws
}

/// A value whose encoded bytes order as the values do, bytewise and unsigned, so that it can be a key. 1 to 511 bytes when encoded.
public protocol StorageKey: StorageValue, Hashable {
    /// The encoded size, where it is the same for all values: such a key needs no terminator inside a `Pair`.
    static var storageSize: Int? { get }
}

extension StorageKey {
    /// Unless a type says otherwise, its size varies.
    public static var storageSize: Int? { nil }
}

/// The bytes in a table are not what its type needs.
public struct DecodingFailure: Error, Sendable, CustomStringConvertible {
    /// What was expected and what was there.
    public let description: String

    /// Says what was expected and what was there.
    public init(_ description: String) { self.description = description }
}
