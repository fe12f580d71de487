import CCRC32C

/// CRC-32C (Castagnoli, RFC 3720), by the CPU's instruction where it has one. O(n).
package enum CRC32C {
    /// The checksum of `bytes`, going on from `seed` (0 to begin).
    package static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return seed }
        return weir_crc32c(seed, base, bytes.count)
    }

    /// The same by tables only, as on a CPU without the instruction. For tests.
    package static func checksumByTables(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return seed }
        return weir_crc32c_tables(seed, base, bytes.count)
    }
}
