/// What a table should hold: how many records, and a digest over their checksums that does not depend on their order.
///
/// Kept in the same commit as the records. A record's checksum proves that it is one of ours; the tally proves that all of them are
/// there and none is an older one, which no checksum within a page can: a page put back as it was last week has valid checksums.
struct Tally: Equatable, Sendable {
    var count: UInt64 = 0
    var digest: UInt64 = 0

    static let bytes = 16

    mutating func add(_ crc: UInt32) {
        count &+= 1
        digest &+= Self.mix(crc)
    }

    mutating func remove(_ crc: UInt32) {
        count &-= 1
        digest &-= Self.mix(crc)
    }

    /// Spreads a checksum over 64 bits (SplitMix64's finish), so that the sum of many does not cancel out.
    private static func mix(_ crc: UInt32) -> UInt64 {
        var z = UInt64(crc) &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    func write(into room: UnsafeMutableRawBufferPointer) {
        room.storeBytes(of: count.littleEndian, toByteOffset: 0, as: UInt64.self)
        room.storeBytes(of: digest.littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    init() {}

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.bytes else { return nil }
        count = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        digest = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
}
