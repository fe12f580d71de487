import Testing
import Weir
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("Sources that deliver again", .serialized)
struct RepeatingSourceTests {
    static let all: [Guarantee] = [.exactlyOnce(commitEvery: .milliseconds(1)), .atLeastOnce(commitEvery: .milliseconds(1))]

    @Test("tuples that a spout emits again are skipped, wherever it begins and however far it goes back", arguments: all, [0, 1, 30])
    func repeats(_ guarantee: Guarantee, _ back: UInt64) async throws {
        try await withTemporaryStore { store in
            for count in [300, 700] as [UInt64] {
                var topology = TopologyBuilder("words")
                topology.spout("lines", RepeatingSpout(count: count, back: back), parallelism: 2)
                topology.bolt("split") { SplitBolt() }.shuffle(from: "lines")
                topology.bolt("count") { CountBolt() }.fields(["word"], from: "split")
                let summary = try await topology.run(on: store, guarantee: guarantee, configuration: .quiet)
                let difference = differences(
                    try await counts(store, topology: "words"), SentenceSpout.oracle(partitions: 2, count: count))
                #expect(difference == [])
                // Who goes back to 0 has nothing to go back over in the first run.
                #expect((summary.totals.skipped > 0) == (back > 0 || count > 300))
                #expect(summary.totals.deadLetters == 0)
            }
        }
    }

    @Test(
        "a tuple on both sides of where its partition is, or without offsets, ends the run",
        arguments: [9..<11, 10..<10] as [Range<UInt64>])
    func noPlace(_ range: Range<UInt64>) async throws {
        try await withTemporaryStore { store in
            var topology = TopologyBuilder("words")
            topology.spout("lines", MisplacingSpout(range: range))
            topology.bolt("count") { CountBolt() }.fields(["word"], from: "lines")
            let error = await #expect(throws: TopologyError.self) { try await topology.run(on: store, configuration: .quiet) }
            #expect((error?.cause as? TopologyError)?.code == .offsetOrder)
        }
    }

    @Test("at-least-once gives a tuple up that always fails, also where there are no offsets before it")
    func poisonBehindGap() async throws {
        try await withTemporaryStore { store in
            let lines = (0..<50).map { "w\($0)" }
            var topology = TopologyBuilder("words")
            topology.spout("lines", ReplayingSpout([lines], seed: 1, interruptions: 0))
            // Always: more often than anybody tries.
            let left = Countdown(200)
            topology.bolt("split") { SplitBolt { if $0 == "w31", left.fire() { throw TestFailure() } } }.shuffle(from: "lines")
            topology.bolt("count") { ExactlyOnce(CountBolt()) }.fields(["word"], from: "split")
            let summary = try await topology.run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: .quiet)
            #expect(summary.totals.deadLetters == 1)
            let expected = Dictionary(uniqueKeysWithValues: lines.filter { $0 != "w31" }.map { ($0, 1) })
            let difference = differences(try await counts(store, topology: "words"), expected)
            #expect(difference == [])
        }
    }

    @Test("what failed is processed after all by a source that begins at 0 again and returns many times on its way to it")
    func failure() async throws {
        try await withTemporaryStore { store in
            let bad = SentenceSpout.sentence(1, 555)
            let left = Countdown(1)
            var topology = TopologyBuilder("words")
            topology.spout("lines", RepeatingSpout(count: 700, back: 0), parallelism: 2)
            topology.bolt("split") { SplitBolt { if $0 == bad, left.fire() { throw TestFailure() } } }.shuffle(from: "lines")
            topology.bolt("count") { ExactlyOnce(CountBolt()) }.fields(["word"], from: "split")
            let summary = try await topology.run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: .quiet)
            let difference = differences(try await counts(store, topology: "words"), SentenceSpout.oracle(partitions: 2, count: 700))
            #expect(difference == [])
            #expect(summary.totals.replayed > 0 && summary.totals.deadLetters == 0)
        }
    }

    @Test("a dead letter is taken up again from such a source")
    func deadLetter() async throws {
        try await withTemporaryStore { store in
            let bad = SentenceSpout.sentence(1, 555)
            let guarantee = Guarantee.exactlyOnce(commitEvery: .milliseconds(1))
            func run(fails: (@Sendable (String) throws -> Void)?) async throws -> TopologySummary {
                var topology = TopologyBuilder("words")
                topology.spout("lines", RepeatingSpout(count: 700, back: 0), parallelism: 2)
                topology.bolt("split") { SplitBolt(fails: fails) }.shuffle(from: "lines")
                topology.bolt("count") { CountBolt() }.fields(["word"], from: "split")
                return try await topology.run(on: store, guarantee: guarantee, configuration: .quiet)
            }
            let first = try await run { if $0 == bad { throw TestFailure() } }
            #expect(first.totals.deadLetters == 1)
            let letters = try await DeadLetters(store: store, topology: "words")
            try await store.write { _ = try letters.retry(1, in: &$0) }
            _ = try await run(fails: nil)
            let difference = differences(try await counts(store, topology: "words"), SentenceSpout.oracle(partitions: 2, count: 700))
            #expect(difference == [])
            let left = try await store.read { try letters.count(in: $0) }
            #expect(left == 0)
        }
    }

    /// Two partitions of sentences; wherever it is told to begin, and with every call, it begins some tuples before, at 0 for `back` 0.
    struct RepeatingSpout: ReplayableSpout {
        let count: UInt64
        let back: UInt64
        private var positions: [UInt32: UInt64] = [:]

        init(count: UInt64, back: UInt64) {
            self.count = count
            self.back = back
        }

        var outputs: [StreamDeclaration] { [.fields("line")] }
        func partitions() -> [UInt32] { [0, 1] }

        mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) {
            positions[partition] = back == 0 ? 0 : offset - min(back, offset)
        }

        mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) -> SpoutStatus {
            let start = positions[partition, default: 0]
            var position = start - min(back, start)
            let end = min(count, start + 40)
            while !output.isFull, position < end {
                output.emit(SentenceSpout.sentence(partition, position), at: position, next: position + 1)
                position += 1
            }
            positions[partition] = max(position, start)
            return position == count ? .finished : .emitted
        }
    }

    /// Emits 0..<10, and then a tuple at a range.
    struct MisplacingSpout: ReplayableSpout {
        let range: Range<UInt64>
        var outputs: [StreamDeclaration] { [.fields("word")] }
        func partitions() -> [UInt32] { [0] }
        mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) {}
        mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) -> SpoutStatus {
            output.emit("w1", at: 0, next: 10)
            output.emit("w2", at: range.lowerBound, next: range.upperBound)
            return .finished
        }
    }
}
