import Foundation
import WeirTesting
import WeirTopology

/// How a source behaves that delivers again what it has delivered.
enum SourceManner: String, CaseIterable {
    /// It does not.
    case steady
    /// Now and then, and wherever it begins, it goes back by some lines: the same batch again, or one that overlaps.
    case duplicating
    /// Now and then it goes back to what it knows to be committed, or breaks off, so that the topology does.
    case sinceCommit = "since-commit"
    /// It begins at the first line wherever it is told to begin.
    case fromStart = "from-start"
}

/// The lines of files, a partition each, by byte positions. Says `begins PARTITION OFFSET` where it is told to begin, and `committed PARTITION OFFSET`
/// when it hears that a commit is durable.
struct TextSpout: ReplayableSpout {
    struct Interruption: Error {}

    private struct Text {
        let bytes: Data
        var position = 0
        /// What is known to be committed.
        var committed = 0

        /// Where the line at the position ends, and the next one begins.
        func line() -> (end: Int, next: Int)? {
            guard position < bytes.count else { return nil }
            let newline = bytes.withUnsafeBytes { bytes in
                memchr(bytes.baseAddress! + position, 0x0A, bytes.count - position).map {
                    $0 - UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
                }
            }
            return newline.map { ($0, $0 + 1) } ?? (bytes.count, bytes.count)
        }

        /// The position so many lines before another.
        func position(_ lines: Int, before position: Int) -> Int {
            var position = position
            for _ in 0..<lines where position > 0 { position = bytes[..<(position - 1)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0 }
            return position
        }
    }

    private let paths: [String]
    private let manner: SourceManner
    private var random: SeededGenerator
    private var texts: [UInt32: Text] = [:]
    private var mayBreakOff = false

    init(_ paths: [String], _ manner: SourceManner, seed: UInt64) {
        self.paths = paths
        self.manner = manner
        random = SeededGenerator(seed: seed)
    }

    var outputs: [StreamDeclaration] { [.fields("line")] }

    func partitions() throws -> [UInt32] { paths.indices.map { UInt32($0) } }

    mutating func open(_ context: SpoutContext) throws {
        // Attempts and tasks do not do the same.
        for _ in 0...context.attempt + context.task { random = SeededGenerator(seed: random.next()) }
        for partition in context.partitions { texts[partition] = Text(bytes: try Data(contentsOf: URL(filePath: paths[Int(partition)]))) }
    }

    mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {
        say("begins \(partition) \(offset)")
        change(partition) { text, manner, random in
            text.committed = max(text.committed, Int(offset))
            text.position = Int(offset)
            switch manner {
            case .steady, .sinceCommit: return
            case .duplicating: text.position = text.position(.random(in: 0...20, using: &random), before: text.position)
            case .fromStart: text.position = 0
            }
        }
    }

    mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
        try misbehave(partition)
        guard var text = texts[partition] else { preconditionFailure("A partition is opened before it is read.") }
        defer { texts[partition] = text }
        while !output.isFull {
            guard let (end, next) = text.line() else { return .finished }
            text.bytes.withUnsafeBytes { bytes in
                let line = UnsafeRawBufferPointer(rebasing: bytes[text.position..<end])
                output.emit(string: line.bytes, at: UInt64(text.position), next: UInt64(next))
            }
            text.position = next
        }
        return .emitted
    }

    mutating func ack(_ partition: UInt32, upTo offset: UInt64) {
        say("committed \(partition) \(offset)")
        change(partition) { text, _, _ in text.committed = Int(offset) }
        mayBreakOff = true
    }

    private mutating func misbehave(_ partition: UInt32) throws {
        if manner == .sinceCommit, mayBreakOff, Int.random(in: 0..<40, using: &random) == 0 { throw Interruption() }
        change(partition) { text, manner, random in
            guard Int.random(in: 0..<4, using: &random) == 0 else { return }
            switch manner {
            case .steady, .fromStart: return
            case .duplicating: text.position = text.position(.random(in: 0...40, using: &random), before: text.position)
            case .sinceCommit: text.position = min(text.position, text.committed)
            }
        }
    }

    private mutating func change(_ partition: UInt32, _ body: (inout Text, SourceManner, inout SeededGenerator) -> Void) {
        guard var text = texts.removeValue(forKey: partition) else { return }
        body(&text, manner, &random)
        texts[partition] = text
    }
}
