import Synchronization
import Testing
import Weir
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("Exactly-once under failures", .serialized)
struct ExactlyOnceFailureTests {
    static let oracle = SentenceSpout.oracle(partitions: 4, count: 2_000)
    static let spout = SentenceSpout(partitions: 4, count: 2_000, chunk: 50)
    static let guarantee = Guarantee.exactlyOnce(commitEvery: .milliseconds(1))

    @Test(
        "rollbacks injected into any batch change no count", arguments: [FaultPoint.Place.commit, .submission], [1, 2, 3, 7] as [UInt64])
    func injected(_ place: FaultPoint.Place, _ step: UInt64) async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            let left = Countdown(6)
            configuration.faults = { $0.place == place && $0.batch % step == 0 && $0.attempt % 2 == 0 && left.fire() }
            configuration.maximumAttempts = 100
            let summary = try await wordCount(Self.spout).run(on: store, guarantee: Self.guarantee, configuration: configuration)
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), Self.oracle)
            #expect(difference == [])
            #expect(summary.restarts >= 1)
            #expect(summary.totals.emitted == 8_000)
            #expect(summary.totals.deadLetters == 0)
        }
    }

    @Test("a bolt that fails now and then changes no count", arguments: [1, 2, 5])
    func throwing(_ failures: Int) async throws {
        try await withTemporaryStore { store in
            let left = Countdown(failures)
            let seen = Atomic<Int>(0)
            let fails: @Sendable (String) throws -> Void = { _ in
                let number = seen.wrappingAdd(1, ordering: .relaxed).newValue
                if number % 997 == 0, left.fire() { throw TestFailure() }
            }
            var configuration = TopologyConfiguration.quiet
            configuration.maximumAttempts = 10
            let summary = try await wordCount(Self.spout, split: SplitBolt(fails: fails)).run(
                on: store, guarantee: Self.guarantee, configuration: configuration)
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), Self.oracle)
            #expect(difference == [])
            #expect(summary.restarts >= 1)
        }
    }

    @Test("a dead letter that is retried counts once when its cause is gone, and becomes a new letter when it is not")
    func retry() async throws {
        try await withTemporaryStore { store in
            let bad = SentenceSpout.sentence(2, 777)
            let fails: @Sendable (String) throws -> Void = { if $0 == bad { throw TestFailure() } }
            func run(_ split: SplitBolt) async throws -> TopologySummary {
                try await wordCount(Self.spout, split: split).run(on: store, guarantee: Self.guarantee, configuration: .quiet)
            }
            _ = try await run(SplitBolt(fails: fails))
            let letters = try await DeadLetters(store: store, topology: "words")
            let marked = try await store.write { try letters.retry(1, in: &$0) }
            #expect(marked)
            let failed = try await run(SplitBolt(fails: fails))
            #expect(failed.totals.deadLetters == 1)
            let again = try await store.read { (try letters.letter(1, in: $0), try letters.letter(2, in: $0), try letters.count(in: $0)) }
            #expect(again.0 == nil && again.1?.offset == 777 && again.1?.awaitsRetry == false && again.2 == 1)

            _ = try await store.write { try letters.retry(2, in: &$0) }
            _ = try await run(SplitBolt())
            let left = try await store.read { try letters.count(in: $0) }
            #expect(left == 0)
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), Self.oracle)
            #expect(difference == [])
            _ = try await run(SplitBolt())
            let still = differences(try await WeirTopologyTests.counts(store, topology: "words"), Self.oracle)
            #expect(still == [])
        }
    }

    @Test("a poison tuple goes to the dead letters and nothing else is lost", arguments: [0, 777, 1_999] as [UInt64])
    func poison(_ offset: UInt64) async throws {
        try await withTemporaryStore { store in
            let bad = SentenceSpout.sentence(2, offset)
            let fails: @Sendable (String) throws -> Void = { if $0 == bad { throw TestFailure() } }
            let summary = try await wordCount(Self.spout, split: SplitBolt(fails: fails)).run(
                on: store, guarantee: Self.guarantee, configuration: .quiet)
            var expected = Self.oracle
            for word in bad.split(separator: " ") { expected[String(word), default: 0] -= 1 }
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), expected)
            #expect(difference == [])
            #expect(summary.totals.deadLetters == 1)
            #expect(summary.totals.emitted == 8_000)
            let letters = try await store.read { _ in
                var letters: [DeadLetter] = []
                try DeadLetters.scan(store) { _, _, letter in
                    letters.append(letter)
                    return .next
                }
                return letters
            }
            #expect(letters.count == 1)
            let letter = try #require(letters.first)
            #expect(letter.source == "words.lines")
            #expect(letter.partition == 2)
            #expect(letter.offset == offset)
            #expect(letter.next == offset + 1)
            #expect(letter.component == "split")
            #expect(letter.reason == "this tuple is bad")
            #expect(RowTests.isValid(letter.row))
        }
    }

    @Test("several poison tuples go, one by one")
    func severalPoisons() async throws {
        try await withTemporaryStore { store in
            let bad: Set<String> = [SentenceSpout.sentence(0, 10), SentenceSpout.sentence(0, 11), SentenceSpout.sentence(3, 1_500)]
            let fails: @Sendable (String) throws -> Void = { if bad.contains($0) { throw TestFailure() } }
            let summary = try await wordCount(Self.spout, split: SplitBolt(fails: fails)).run(
                on: store, guarantee: Self.guarantee, configuration: .quiet)
            var expected = Self.oracle
            for line in bad { for word in line.split(separator: " ") { expected[String(word), default: 0] -= 1 } }
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), expected)
            #expect(difference == [])
            #expect(summary.totals.deadLetters == 3)
        }
    }

    @Test("a spout that always fails ends the run, and no tuple is blamed for it")
    func failingSpout() async throws {
        try await withTemporaryStore { store in
            var topology = TopologyBuilder("words")
            topology.spout("lines", FailingSpout(failsAt: 150))
            topology.bolt("count") { CountBolt() }.fields(["word"], from: "lines")
            let error = await #expect(throws: TopologyError.self) {
                try await topology.run(on: store, guarantee: Self.guarantee, configuration: .quiet)
            }
            #expect(error?.code == .componentFailed)
            #expect(error?.cause is TestFailure)
            let counted = try await counts(store, topology: "words")
            #expect(counted["w1"] ?? 0 <= 150)
            #expect(counted.keys.allSatisfy { $0 == "w1" })
        }
    }

    @Test("a tick that fails rolls back, and no tuple is blamed for it")
    func failingTick() async throws {
        try await withTemporaryStore { store in
            let left = Countdown(2)
            var topology = TopologyBuilder("ticks")
            topology.spout("lines", FlowTests.GateSpout(gate: .init()))
            topology.bolt("tick") { FailingTick { if left.fire() { throw TestFailure() } } }.shuffle(from: "lines").tick(
                every: .milliseconds(1))
            let latch = FlowTests.Latch()
            var configuration = TopologyConfiguration.quiet
            configuration.progressInterval = .milliseconds(1)
            configuration.onProgress = { if $0.replayedBatches >= 2 { latch.open() } }
            let running = try FlowTests.start(topology, store, configuration)
            await latch.opened()
            running.cancel()
            let summary = try await running.value
            #expect(summary.restarts == 2)
            #expect(summary.totals.deadLetters == 0)
        }
    }

    struct FailingSpout: ReplayableSpout {
        let failsAt: UInt64
        private var position: UInt64 = 0
        init(failsAt: UInt64) { self.failsAt = failsAt }
        var outputs: [StreamDeclaration] { [.fields("word")] }
        func partitions() -> [UInt32] { [0] }
        mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) { position = offset }
        mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
            if position >= failsAt { throw TestFailure() }
            output.emit("w1", at: position, next: position + 1)
            position += 1
            return .emitted
        }
    }

    struct FailingTick: Bolt {
        let fails: @Sendable () throws -> Void
        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {}
        mutating func tick(_ output: inout Output) throws { try fails() }
    }

    @Test("a run that gives up keeps what was committed, and the next one goes on")
    func givesUp() async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            configuration.faults = { $0.place == .commit && $0.batch >= 3 }
            let error = await #expect(throws: TopologyError.self) {
                try await wordCount(Self.spout).run(on: store, guarantee: Self.guarantee, configuration: configuration)
            }
            #expect(error?.code == .commitFailed)
            let summary = try await wordCount(Self.spout).run(on: store, guarantee: Self.guarantee, configuration: .quiet)
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), Self.oracle)
            #expect(difference == [])
            #expect(summary.totals.emitted < 8_000)
        }
    }

    @Test("the number of tasks may change between runs")
    func rescale() async throws {
        try await withTemporaryStore { store in
            for (tasks, count) in [(3, 500), (1, 900), (7, 2_000)] as [(Int, UInt64)] {
                try await wordCount(SentenceSpout(partitions: 4, count: count), tasks: tasks).run(
                    on: store, guarantee: Self.guarantee, configuration: .quiet)
                let difference = differences(
                    try await WeirTopologyTests.counts(store, topology: "words"), SentenceSpout.oracle(partitions: 4, count: count))
                #expect(difference == [])
            }
        }
    }

    @Test("staged writes are in the commit of their tuples: once each")
    func staged() async throws {
        try await withTemporaryStore { store in
            let table = try await store.table("output", key: String.self, value: UInt64.self)
            let left = Countdown(3)
            var configuration = TopologyConfiguration.quiet
            configuration.faults = { $0.place == .commit && $0.batch % 2 == 0 && left.fire() }
            configuration.maximumAttempts = 10
            var topology = TopologyBuilder("staging")
            topology.spout("lines", SentenceSpout(partitions: 2, count: 300, chunk: 10))
            topology.bolt("stage") { StagingBolt(table: table) }.shuffle(from: "lines")
            try await topology.run(on: store, guarantee: Self.guarantee, configuration: configuration)
            let total = try await store.read { try $0.get("total", in: table) }
            #expect(total == 600)
        }
    }
}

struct StagingBolt: Bolt {
    let table: Table<String, UInt64>
    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        let table = table
        output.stage { transaction in
            let before = try transaction.get("total", in: table) ?? 0
            try transaction.put(before + 1, for: "total", in: table)
        }
    }
}
