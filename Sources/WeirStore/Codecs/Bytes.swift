extension String: StorageKey {
    /// `string`
    public static var storageName: String { "string" }
    /// UTF-8. Keys order by their bytes, and two spellings of one character are two keys. O(n).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var copy = self
        return try copy.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
    /// Needs valid UTF-8.
    public init(storageBytes: UnsafeRawBufferPointer) throws {
        guard let text = String(validating: storageBytes, as: UTF8.self) else {
            throw DecodingFailure("string needs valid UTF-8, there are \(storageBytes.count) bytes that are not")
        }
        self = text
    }
}

extension [UInt8]: StorageValue, StorageKey {
    /// `bytes`
    public static var storageName: String { "bytes" }
    /// As they are. O(1).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { try withUnsafeBytes(body) }
    /// Takes any bytes. O(n).
    public init(storageBytes: UnsafeRawBufferPointer) throws { self.init(storageBytes) }
}
