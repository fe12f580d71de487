import LMDB
import Testing

@Suite("CRC-32C")
struct ChecksumTests {
    /// RFC 3720, B.4.
    static let known: [(bytes: [UInt8], crc: UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C), (Array("123456789".utf8), 0xE306_9283), ([], 0),
    ]

    @Test("gives the published values, by the instruction and by tables")
    func knownValues() {
        for (bytes, crc) in Self.known {
            bytes.withUnsafeBytes { #expect(CRC32C.checksum($0) == crc) }
            bytes.withUnsafeBytes { #expect(CRC32C.checksumByTables($0) == crc) }
        }
    }

    @Test("is the same by instruction and tables for every length and alignment, and in parts")
    func agreement() {
        let bytes = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) }
        bytes.withUnsafeBytes { all in
            for start in 0..<9 {
                for length in 0..<200 {
                    let part = UnsafeRawBufferPointer(rebasing: all[start..<start + length])
                    let whole = CRC32C.checksum(part, seed: 77)
                    #expect(whole == CRC32C.checksumByTables(part, seed: 77))
                    let (first, second) = (
                        UnsafeRawBufferPointer(rebasing: part[..<(length / 3)]), UnsafeRawBufferPointer(rebasing: part[(length / 3)...])
                    )
                    #expect(whole == CRC32C.checksum(second, seed: CRC32C.checksum(first, seed: 77)))
                }
            }
        }
    }
}
