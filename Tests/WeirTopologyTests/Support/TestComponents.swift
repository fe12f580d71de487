import Synchronization
import Weir
import WeirStore
import WeirTopology

/// Sentences of a small vocabulary, the same at each run: partition p's tuple i is sentence(p, i).
struct SentenceSpout: ReplayableSpout {
    let partitionCount: UInt32
    let count: UInt64
    /// Tuples per call.
    var chunk = Int.max
    /// Never comes to its end.
    var isEndless = false
    private var positions: [UInt32: UInt64] = [:]

    init(partitions: UInt32, count: UInt64, chunk: Int = .max, isEndless: Bool = false) {
        partitionCount = partitions
        self.count = count
        self.chunk = chunk
        self.isEndless = isEndless
    }

    var outputs: [StreamDeclaration] { [.fields("line")] }
    func partitions() throws -> [UInt32] { (0..<partitionCount).map { $0 } }

    mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws { positions[partition] = offset }

    mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
        var position = positions[partition] ?? 0
        var left = chunk
        while !output.isFull, position < count, left > 0 {
            output.emit(Self.sentence(partition, position), at: position, next: position + 1)
            position += 1
            left -= 1
        }
        positions[partition] = position
        return position < count ? .emitted : isEndless ? .idle : .finished
    }

    func fingerprint(_ partition: UInt32, upTo offset: UInt64) throws -> [UInt8] { [UInt8(truncatingIfNeeded: partition)] }

    static func sentence(_ partition: UInt32, _ index: UInt64) -> String {
        var words: [String] = []
        var seed = (UInt64(partition) << 32 | index) &* 0x9E37_79B9_7F4A_7C15
        for _ in 0..<5 {
            seed = (seed ^ (seed >> 29)) &* 0xBF58_476D_1CE4_E5B9
            words.append("w\((seed >> 40) % 97)")
        }
        return words.joined(separator: " ")
    }

    /// What counting the words of all tuples comes to.
    static func oracle(partitions: UInt32, count: UInt64) -> [String: Int] {
        var counts: [String: Int] = [:]
        for partition in 0..<partitions {
            for index in 0..<count {
                for word in sentence(partition, index).split(separator: " ") { counts[String(word), default: 0] += 1 }
            }
        }
        return counts
    }
}

struct SplitBolt: Bolt {
    /// Asked with each line: throws when it says so.
    var fails: (@Sendable (String) throws -> Void)?
    var outputs: [StreamDeclaration] { [.fields("word")] }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        let line = try tuple["line"].string
        try fails?(line)
        for word in line.split(separator: " ") { output.emit(word) }
    }
}

struct CountBolt: Bolt {
    var fails: (@Sendable (String) throws -> Void)?
    private var state: KeyedState?

    init(fails: (@Sendable (String) throws -> Void)? = nil) { self.fails = fails }

    mutating func prepare(_ context: BoltContext) throws { state = try context.state }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        if let fails { try fails(try tuple[0].string) }
        _ = try state!.add(1, to: try tuple[0].unsafeBytes)
    }
}

struct TestFailure: Error, CustomStringConvertible {
    var description: String { "this tuple is bad" }
}

/// True for the first so many calls.
final class Countdown: Sendable {
    private let left: Atomic<Int>
    init(_ count: Int) { left = Atomic(count) }
    func fire() -> Bool { left.wrappingSubtract(1, ordering: .relaxed).oldValue > 0 }
}
