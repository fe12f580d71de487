import Testing
import Weir
import WeirTesting

@Suite("ByteHash")
struct ByteHashTests {
    @Test("hashes never change: groupings and stored state depend on them")
    func golden() {
        let lengths = [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100]
        let hashes = lengths.map { length in hash((0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }) }
        #expect(hashes == Self.pinned, "got \(hashes)")
        #expect(hash(Array("weir".utf8)) == Self.word, "got \(hash(Array("weir".utf8)))")
    }

    @Test("the alignment of the bytes does not matter")
    func alignment() {
        var random = SeededGenerator(seed: 7)
        for length in 0..<70 {
            let bytes = random.bytes(length)
            for shift in 0..<8 {
                let moved = [UInt8](repeating: 9, count: shift) + bytes + [1, 2]
                let got = moved.withUnsafeBytes { ByteHash.hash(UnsafeRawBufferPointer(rebasing: $0[shift..<shift + length])) }
                #expect(got == hash(bytes))
            }
        }
    }

    @Test("every bit of the input changes about half of the output")
    func avalanche() {
        var random = SeededGenerator(seed: 11)
        for length in [1, 3, 4, 7, 8, 12, 16, 17, 40] {
            for bit in 0..<length * 8 {
                var flips = 0
                for _ in 0..<100 {
                    var bytes = random.bytes(length)
                    let before = hash(bytes)
                    bytes[bit / 8] ^= 1 << (bit % 8)
                    flips += (before ^ hash(bytes)).nonzeroBitCount
                }
                #expect((26...38).contains(flips / 100), "length \(length), bit \(bit): \(flips / 100) of 64 bits flip")
            }
        }
    }

    @Test("a hundred thousand similar keys do not collide and spread evenly over tasks")
    func spread() {
        var seen = Set<UInt64>()
        var tasks = [Int](repeating: 0, count: 8)
        for number in 0..<100_000 {
            let value = hash(Array("key\(number)".utf8))
            seen.insert(value)
            tasks[Int(value % 8)] += 1
        }
        #expect(seen.count == 100_000)
        #expect(tasks.allSatisfy { (12_000...13_000).contains($0) }, "\(tasks)")
    }

    static let pinned: [UInt64] = [
        10_432_902_142_699_761_412, 14_313_131_197_354_514_192, 13_620_790_349_480_334_624, 920_319_949_779_312_526,
        6_184_409_984_757_760_160, 16_063_013_623_342_027_709, 2_890_883_189_056_411_889, 1_782_930_406_004_405_620,
        15_786_037_982_749_192_972, 12_655_995_954_468_917_210, 6_714_049_131_798_102_123, 13_548_777_329_258_957_236,
        16_078_943_524_543_940_035, 744_229_349_194_140_118, 9_640_633_017_825_636_145,
    ]
    static let word: UInt64 = 5_692_446_401_193_389_586
}
