import LMDB

/// How every value lies on disk: `[CRC-32C u32][transaction ID u64][payload]`, both little-endian.
///
/// The checksum covers the table's number, the key, the transaction ID and the payload, so that a flipped bit, a record under
/// another key and a page of another table are all found. LMDB itself has no checksums.
enum Record {
    static let headerBytes = 12

    /// Where a table's checksums begin: so a record is only valid in its table.
    static func seed(table: UInt32) -> UInt32 {
        withUnsafeBytes(of: table.littleEndian) { CRC32C.checksum($0, seed: 0x5EED) }
    }

    @inline(__always)
    private static func checksum(_ key: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
        // The key's length in the seed: "ab" + "c" is not "a" + "bc".
        CRC32C.checksum(body, seed: CRC32C.checksum(key, seed: seed ^ (UInt32(truncatingIfNeeded: key.count) &* 0x9E37_79B1)))
    }

    /// Fills `room` (header and payload long) and returns the checksum.
    static func write(
        _ payload: UnsafeRawBufferPointer, for key: UnsafeRawBufferPointer, by id: TransactionID, seed: UInt32,
        into room: UnsafeMutableRawBufferPointer
    ) -> UInt32 {
        room.storeBytes(of: id.rawValue.littleEndian, toByteOffset: 4, as: UInt64.self)
        UnsafeMutableRawBufferPointer(rebasing: room[headerBytes...]).copyMemory(from: payload)
        let crc = checksum(key, UnsafeRawBufferPointer(rebasing: room[4...]), seed: seed)
        room.storeBytes(of: crc.littleEndian, toByteOffset: 0, as: UInt32.self)
        return crc
    }

    /// What a checked record holds. The payload lies in LMDB's page.
    struct Opened {
        var payload: UnsafeRawBufferPointer
        var transactionID: TransactionID
        var crc: UInt32
    }

    /// The record's parts, or nil when it is not what was written under this key of this table.
    static func open(_ stored: UnsafeRawBufferPointer, for key: UnsafeRawBufferPointer, seed: UInt32) -> Opened? {
        guard stored.count >= headerBytes else { return nil }
        let crc = UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self))
        guard crc == checksum(key, UnsafeRawBufferPointer(rebasing: stored[4...]), seed: seed) else { return nil }
        let id = UInt64(littleEndian: stored.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
        return Opened(
            payload: UnsafeRawBufferPointer(rebasing: stored[headerBytes...]), transactionID: TransactionID(rawValue: id), crc: crc)
    }

    /// The stored checksum, unchecked: what a tally takes off when a record goes.
    static func storedChecksum(_ stored: UnsafeRawBufferPointer) -> UInt32? {
        guard stored.count >= headerBytes else { return nil }
        return UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self))
    }
}
