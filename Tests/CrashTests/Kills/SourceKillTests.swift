import Testing
import WeirStore
import WeirTesting

/// A consumer of its own, behind the offset gate, in a process that is killed: its source sends batches again, whole and overlapping, and leaves some out.
@Suite(
    "A source's consumer, killed at any moment",
    .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built beside the tests"))
struct SourceKillTests {
    @Test("each offset has its effect once, whatever is sent again; a batch behind a gap is refused")
    func batches() throws {
        let program = try #require(Program.crashSubject)
        try KillLoop(title: "a source's consumer", program: program, kills: KillLoop.kills(60)).run { _ in SourceWork() }
    }
}

/// A source's batches, sent until all are acknowledged.
private struct SourceWork: KilledWork {
    private enum Kind { case admissible, gap }
    private struct Sent {
        let partition: Int
        let range: Range<UInt64>
        let kind: Kind
    }

    private static let partitions = 3
    private static let offsets: UInt64 = 4000
    private static let batchesPerLife = 120

    /// What the consumer is known to have committed.
    private var committed = Array(repeating: UInt64(0), count: partitions)
    /// What it may have committed: all that was ever sent.
    private var reached = Array(repeating: UInt64(0), count: partitions)
    private var sent: [Sent] = []

    /// Begins each partition somewhere at or below what was acknowledged, and goes on from there, with steps back.
    mutating func begin(on store: String, using random: inout SeededGenerator) -> (arguments: [String], input: String) {
        sent = []
        var position = committed
        for _ in 0..<Self.batchesPerLife {
            let partition = Int.random(in: 0..<Self.partitions, using: &random)
            let next = position[partition]
            // Of a partition of which nothing was committed, any batch is the first: there is no gap before it.
            if committed[partition] > 0, Int.random(in: 0..<12, using: &random) == 0 {
                let from = reached[partition] + UInt64.random(in: 1...50, using: &random)
                sent.append(Sent(partition: partition, range: from..<from + 10, kind: .gap))
                continue
            }
            // Half of them go back: by nothing, by a part of the last ones, by all of them.
            let back = Bool.random(using: &random) ? min(next, UInt64.random(in: 0...60, using: &random)) : 0
            let end = min(Self.offsets, next - back + UInt64.random(in: 0...60, using: &random))
            sent.append(Sent(partition: partition, range: next - back..<end, kind: .admissible))
            position[partition] = max(next, end)
            reached[partition] = max(reached[partition], end)
        }
        let lines = sent.map { "batch \($0.partition) \($0.range.lowerBound) \($0.range.upperBound)" }
        return (["consume", "--store", store], lines.joined(separator: "\n"))
    }

    mutating func hear(_ lines: [String]) throws {
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count == 3, let number = Int(words[0]), sent.indices.contains(number) else { throw Violation("it said: \(line)") }
            let batch = sent[number]
            switch (batch.kind, words[1], UInt64(words[2])) {
            case (.gap, "refused", nil) where words[2] == "offsetGap": continue
            case (.admissible, "next", .some(let next)) where next >= max(batch.range.upperBound, committed[batch.partition]):
                committed[batch.partition] = next
            default:
                throw Violation(
                    "batch \(batch.range) of partition \(batch.partition), committed up to \(committed[batch.partition]), was answered: \(line)"
                )
            }
        }
    }

    var isDone: Bool { committed.allSatisfy { $0 == Self.offsets } }

    func check(_ path: String) throws {
        try Store.inspecting(path) { store in
            guard let effects = try store.existingTable("effects", key: Pair<UInt32, UInt64>.self, value: UInt64.self) else {
                throw Violation("its table is missing")
            }
            try store.read { snapshot in
                for partition in 0..<UInt32(Self.partitions) {
                    for offset in 0..<Self.offsets {
                        let times = try snapshot.get(Pair(partition, offset), in: effects) ?? 0
                        if times != 1 { throw Violation("offset \(offset) of partition \(partition) had its effect \(times) times") }
                    }
                }
                let count = try snapshot.count(effects)
                if count != Self.partitions * Int(Self.offsets) { throw Violation("\(count) offsets had effects: more than there are") }
            }
        }
    }
}
