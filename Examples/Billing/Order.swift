import WeirStore

/// What comes in, by a path that may deliver it more than once.
struct Order: Sendable {
    let id: String
    let customer: String
    let cents: UInt64
}

/// What goes out: for a duplicate, the one that was stored when the order was billed.
struct Receipt: Hashable, Sendable, StorageValue {
    let number: UInt64
    let total: UInt64

    static let storageName = "billing.receipt"

    init(number: UInt64, total: UInt64) {
        self.number = number
        self.total = total
    }

    func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes(of: (number.littleEndian, total.littleEndian), body)
    }

    init(storageBytes bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count == 16 else { throw DecodingFailure("a receipt has 16 bytes, there are \(bytes.count)") }
        number = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        total = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
}
