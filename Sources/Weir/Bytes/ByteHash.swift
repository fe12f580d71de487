/// The one hash function of the project: bytes to 64 bits, the same on every run and every platform.
///
/// Fields grouping and the partitioning of state depend on its values, so they must never change: a golden test pins them.
/// It folds 64 x 64 -> 128-bit products, the idea of wyhash. It is not keyed: do not rely on it against keys chosen to collide.
package enum ByteHash {
    private static let first: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let second: UInt64 = 0xBF58_476D_1CE4_E5B9

    /// O(count). About 2 ns for a short word.
    @inline(__always)
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard let base = bytes.baseAddress else { return fold(second, fold(second, first)) }
        return hash(base, bytes.count)
    }

    @inline(__always)
    static func hash(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        let (low, high, seed) = count <= 16 ? short(start, count) : long(start, count)
        return fold(second ^ UInt64(truncatingIfNeeded: count), fold(low ^ second, high ^ seed))
    }

    /// The first word covers the bytes from the front, the second those from the back; together they hold every byte.
    @inline(__always)
    private static func short(_ start: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64, UInt64) {
        if count >= 8 { return (start.word64(0), start.word64(count - 8), first) }
        if count >= 4 { return (start.word32(0), start.word32(count - 4), first) }
        guard count > 0 else { return (0, 0, first) }
        let ends = UInt64(start.byte(0)) << 16 | UInt64(start.byte(count >> 1)) << 8 | UInt64(start.byte(count - 1))
        return (ends, 0, first)
    }

    @inline(never)
    private static func long(_ start: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64, UInt64) {
        var seed = first
        var offset = 0
        while offset + 16 < count {
            seed = fold(start.word64(offset) ^ second, start.word64(offset + 8) ^ seed)
            offset += 16
        }
        return (start.word64(count - 16), start.word64(count - 8), seed)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

extension UnsafeRawPointer {
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }

    /// Four bytes, little-endian, from any address.
    @inline(__always)
    func word32(_ offset: Int) -> UInt64 { UInt64(UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))) }

    /// Eight bytes, little-endian, from any address.
    @inline(__always)
    func word64(_ offset: Int) -> UInt64 { UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }

    /// Whether `count` bytes are the same. Inline for short keys, where a call of memcmp costs more than the comparison.
    @inline(__always)
    func equals(_ other: UnsafeRawPointer, count: Int) -> Bool {
        if count >= 8 {
            var offset = 0
            while offset + 8 < count {
                if word64(offset) != other.word64(offset) { return false }
                offset += 8
            }
            return word64(count - 8) == other.word64(count - 8)
        }
        if count >= 4 { return word32(0) == other.word32(0) && word32(count - 4) == other.word32(count - 4) }
        var offset = 0
        while offset < count {
            if byte(offset) != other.byte(offset) { return false }
            offset += 1
        }
        return true
    }
}
