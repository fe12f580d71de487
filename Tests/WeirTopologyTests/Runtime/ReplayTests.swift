import Synchronization
import Testing
import Weir
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("At-least-once and at-most-once under failures", .serialized)
struct ReplayTests {
    static let oracle = SentenceSpout.oracle(partitions: 4, count: 2_000)
    static let spout = SentenceSpout(partitions: 4, count: 2_000, chunk: 50)

    /// Fails every so many tuples, so many times.
    static func failing(every step: Int, times: Int) -> @Sendable (String) throws -> Void {
        let left = Countdown(times)
        let counter = Counter()
        return { _ in if counter.next() % step == 0, left.fire() { throw TestFailure() } }
    }

    final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    @Test("at-least-once replays what failed and never counts less", arguments: [1, 4])
    func atLeastOnce(_ ackers: Int) async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            configuration.ackers = ackers
            let summary = try await wordCount(Self.spout, split: SplitBolt(fails: Self.failing(every: 400, times: 8))).run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: configuration)
            let counts = try await counts(store, topology: "words")
            for (word, count) in Self.oracle { #expect(counts[word] ?? 0 >= count, "\(word)") }
            #expect(summary.totals.replayed > 0)
            #expect(summary.totals.failed == 8)
            for partition in 0..<4 as Range<UInt32> {
                #expect(try await store.read { try $0.offset(of: "words.lines", partition: partition) }?.next == 2_000)
            }
        }
    }

    @Test("at-least-once never counts less when commits are rolled back")
    func atLeastOnceRollback() async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            let left = Countdown(4)
            configuration.faults = { $0.place == .commit && $0.batch % 2 == 0 && left.fire() }
            configuration.maximumAttempts = 10
            let summary = try await wordCount(Self.spout).run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: configuration)
            let counts = try await counts(store, topology: "words")
            for (word, count) in Self.oracle { #expect(counts[word] ?? 0 >= count, "\(word)") }
            #expect(summary.restarts > 0)
        }
    }

    @Test("at-most-once never counts more, whatever fails", arguments: [FaultPoint.Place.commit, .submission])
    func atMostOnce(_ place: FaultPoint.Place) async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            let left = Countdown(4)
            configuration.faults = { $0.place == place && $0.batch % 2 == 0 && left.fire() }
            configuration.maximumAttempts = 10
            try await wordCount(Self.spout, split: SplitBolt(fails: Self.failing(every: 300, times: 5))).run(
                on: store, guarantee: .atMostOnce(commitEvery: .milliseconds(1)), configuration: configuration)
            let counts = try await counts(store, topology: "words")
            for (word, count) in counts { #expect(count <= Self.oracle[word] ?? 0, "\(word)") }
            #expect(counts.values.reduce(0, +) < Self.oracle.values.reduce(0, +))
        }
    }

    @Test("an exactly-once bolt in an at-least-once topology counts each tuple once, over replays and rollbacks", arguments: [0, 3])
    func exactlyOnceBolt(_ rollbacks: Int) async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            let left = Countdown(rollbacks)
            configuration.faults = { $0.place == .commit && $0.batch % 3 == 0 && left.fire() }
            configuration.maximumAttempts = 10
            let summary = try await wordCount(
                Self.spout, split: SplitBolt(fails: Self.failing(every: 400, times: 8)), exactlyOnceCount: true
            ).run(on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: configuration)
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), Self.oracle)
            #expect(difference == [])
            #expect(summary.totals.skipped > 0)
            // What it remembered is forgotten when it is below the committed offsets.
            #expect(summary.totals.replayed > 0)
        }
    }

    @Test("an exactly-once bolt is passed through in the other guarantees", arguments: [Guarantee.exactlyOnce(), .atMostOnce()])
    func passedThrough(_ guarantee: Guarantee) async throws {
        try await withTemporaryStore { store in
            let summary = try await wordCount(Self.spout, exactlyOnceCount: true).run(
                on: store, guarantee: guarantee, configuration: .quiet)
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), Self.oracle)
            #expect(difference == [])
            #expect(summary.totals.skipped == 0)
        }
    }

    @Test("at-least-once gives a tuple up that always fails, and loses no other")
    func poison() async throws {
        try await withTemporaryStore { store in
            let bad = SentenceSpout.sentence(1, 123)
            let split = SplitBolt { if $0 == bad { throw TestFailure() } }
            let summary = try await wordCount(Self.spout, split: split, exactlyOnceCount: true).run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: .quiet)
            var expected = Self.oracle
            for word in bad.split(separator: " ") { expected[String(word), default: 0] -= 1 }
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), expected)
            #expect(difference == [])
            #expect(summary.totals.deadLetters == 1)
        }
    }

    @Test("a tuple that a bolt holds and forgets is replayed after the message timeout")
    func timeout() async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            configuration.messageTimeout = .milliseconds(20)
            var topology = TopologyBuilder("held")
            topology.spout("lines", SentenceSpout(partitions: 1, count: 40, chunk: 4))
            let forgotten = Countdown(3)
            topology.bolt("hold") { HoldingBolt(forgets: { forgotten.fire() }) }.shuffle(from: "lines")
            topology.bolt("count") { CountBolt() }.fields(["word"], from: "hold")
            let summary = try await topology.run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: configuration)
            #expect(summary.totals.replayed >= 3)
            let total = try await counts(store, topology: "held")["w0"] ?? 0
            #expect(total >= 40)
        }
    }
}

/// Holds each tuple until the next tick, then emits a word anchored to it.
struct HoldingBolt: Bolt {
    let forgets: @Sendable () -> Bool
    private var held: [HeldTuple] = []
    init(forgets: @escaping @Sendable () -> Bool) { self.forgets = forgets }
    var outputs: [StreamDeclaration] { [.fields("word")] }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        let copy = output.hold(tuple)
        if !forgets() { held.append(copy) }
    }

    mutating func finishBatch(_ output: inout Output) throws {
        for tuple in held {
            output.anchored(to: [tuple]) { $0.emit("w0") }
            output.ack(tuple)
        }
        held = []
    }
}
