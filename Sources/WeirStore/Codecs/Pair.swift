/// A key of two parts that orders by the first and then by the second: the composite key, in place of LMDB's MDB_DUPSORT.
///
/// A first part of varying size is written with each 0 byte as `00 FF` and closed by `00 01`, so that the order of the parts is the
/// order of the bytes (the idea is FoundationDB's tuple layer).
public struct Pair<First: StorageKey, Second: StorageKey>: StorageKey {
    /// What it orders by.
    public var first: First
    /// What it orders by among equal firsts.
    public var second: Second

    /// Joins two parts.
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    /// `pair(first,second)`
    public static var storageName: String { "pair(\(First.storageName),\(Second.storageName))" }

    /// The sum, where both parts are of fixed size.
    public static var storageSize: Int? {
        guard let a = First.storageSize, let b = Second.storageSize else { return nil }
        return a + b
    }

    /// Both parts, the first one escaped where its size varies. O(n).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var bytes = Self.prefix(first)
        second.withStorageBytes { bytes.append(contentsOf: $0) }
        return try bytes.withUnsafeBytes(body)
    }

    /// The bytes with which every pair with this first part begins. O(n).
    public static func prefix(_ first: First) -> [UInt8] {
        first.withStorageBytes { part in
            if First.storageSize != nil { return [UInt8](part) }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(part.count + 2)
            for byte in part {
                bytes.append(byte)
                if byte == 0 { bytes.append(0xFF) }
            }
            bytes.append(0)
            bytes.append(1)
            return bytes
        }
    }

    /// Splits what `withStorageBytes` joined. O(n).
    public init(storageBytes: UnsafeRawBufferPointer) throws {
        if let size = First.storageSize {
            guard storageBytes.count >= size else {
                throw DecodingFailure("\(Self.storageName) needs at least \(size) bytes, there are \(storageBytes.count)")
            }
            first = try First(storageBytes: UnsafeRawBufferPointer(rebasing: storageBytes[..<size]))
            second = try Second(storageBytes: UnsafeRawBufferPointer(rebasing: storageBytes[size...]))
            return
        }
        var part: [UInt8] = []
        var i = 0
        while true {
            guard i < storageBytes.count else { throw DecodingFailure("\(Self.storageName): the first part is not closed") }
            let byte = storageBytes[i]
            i += 1
            guard byte == 0 else {
                part.append(byte)
                continue
            }
            guard i < storageBytes.count else { throw DecodingFailure("\(Self.storageName): the first part is not closed") }
            let mark = storageBytes[i]
            i += 1
            if mark == 1 { break }
            guard mark == 0xFF else { throw DecodingFailure("\(Self.storageName): 00 \(mark) is no escape") }
            part.append(0)
        }
        first = try part.withUnsafeBytes { try First(storageBytes: $0) }
        second = try Second(storageBytes: UnsafeRawBufferPointer(rebasing: storageBytes[i...]))
    }
}
