import WeirTopology

/// A source without end: the tuple at offset `i` of partition `p` is a word that these two decide, so that any offsets can be checked.
struct SoakSource: ReplayableSpout {
    static let name = "words"
    static let partitionCount: UInt32 = 4
    static let vocabulary: [[UInt8]] = (1000..<2024).map { Array("word\($0)".utf8) }
    /// The same, one behind the other, each of 8 bytes.
    private static let text = vocabulary.flatMap(\.self)

    private var positions: [UInt64] = Array(repeating: 0, count: Int(partitionCount))

    /// Which word it is. Unlike a remainder, the upper bits of a product repeat at no short distance.
    static func word(_ partition: UInt32, _ offset: UInt64) -> Int {
        Int(truncatingIfNeeded: ((offset &+ UInt64(partition) << 40) &* 0x9E37_79B9_7F4A_7C15) >> 54)
    }

    /// How often each word comes in the partitions up to these offsets. O(tuples).
    static func counts(upTo offsets: [UInt32: UInt64]) -> [Int64] {
        var counts = [Int64](repeating: 0, count: vocabulary.count)
        for (partition, end) in offsets {
            for offset in 0..<end { counts[word(partition, offset)] += 1 }
        }
        return counts
    }

    var outputs: [StreamDeclaration] { [.fields("word")] }
    func partitions() -> [UInt32] { Array(0..<Self.partitionCount) }

    mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) { positions[Int(partition)] = offset }

    mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) -> SpoutStatus {
        var offset = positions[Int(partition)]
        let text = Self.text
        while !output.isFull {
            let start = 8 * Self.word(partition, offset)
            output.emit(string: text.span.bytes.extracting(start..<start + 8), at: offset, next: offset + 1)
            offset += 1
        }
        positions[Int(partition)] = offset
        return .emitted
    }
}
