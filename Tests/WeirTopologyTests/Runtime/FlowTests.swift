import Synchronization
import Testing
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("Flow and end of a run", .serialized)
struct FlowTests {
    @Test("cancelling drains and commits: what the offsets cover is counted, no more and no less", arguments: GuaranteeTests.all)
    func cancel(_ guarantee: Guarantee) async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            let latch = Latch()
            configuration.progressInterval = .milliseconds(1)
            configuration.onProgress = { if $0.commits > 2 { latch.open() } }
            let running = try endlessRun(store, guarantee, configuration)
            await latch.opened()
            running.cancel()
            let summary = try await running.value
            #expect(summary.totals.commits > 2)
            let expected = Self.oracle(try await Self.committed(store))
            let difference = differences(try await counts(store, topology: "words"), expected)
            #expect(difference == [])
        }
    }

    static func start(
        _ builder: TopologyBuilder, _ store: Store, _ configuration: TopologyConfiguration
    ) throws -> Task<TopologySummary, any Error> {
        let topology = try builder.build()
        return Task { try await topology.run(on: store, configuration: configuration) }
    }

    /// How far the two partitions of the word count are committed.
    static func committed(_ store: Store) async throws -> [UInt64] {
        try await store.read { snapshot in
            try (0..<2 as Range<UInt32>).map { try snapshot.offset(of: "words.lines", partition: $0)?.next ?? 0 }
        }
    }

    /// What counting the words below these offsets comes to.
    static func oracle(_ offsets: [UInt64]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for (partition, next) in offsets.enumerated() {
            for index in 0..<next {
                for word in SentenceSpout.sentence(UInt32(partition), index).split(separator: " ") { counts[String(word), default: 0] += 1 }
            }
        }
        return counts
    }

    private func endlessRun(
        _ store: Store, _ guarantee: Guarantee, _ configuration: TopologyConfiguration
    ) throws -> Task<TopologySummary, any Error> {
        let topology = try wordCount(SentenceSpout(partitions: 2, count: 1 << 40, chunk: 20)).build()
        return Task { try await topology.run(on: store, guarantee: guarantee, configuration: configuration) }
    }

    /// Closed, then open.
    final class Latch: Sendable {
        private let state = Mutex<(isOpen: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

        func open() {
            let waiter = state.withLock { state in
                state.isOpen = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }

        func opened() async {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiter = continuation }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }
    }

    @Test("back-pressure: a slow bolt holds the spout within what the channels take")
    func backPressure() async throws {
        try await withTemporaryStore { store in
            let meter = Meter()
            var configuration = TopologyConfiguration.quiet
            configuration.arenaBytes = 1024
            configuration.channelCapacity = 2
            configuration.threads = 2
            var topology = TopologyBuilder("pressure")
            topology.spout("numbers", MeteredSpout(meter: meter, count: 200_000))
            topology.bolt("slow") { SlowBolt(meter: meter) }.shuffle(from: "numbers")
            try await topology.run(on: store, guarantee: .atMostOnce(), configuration: configuration)
            // A row takes 17 bytes, an arena 768 before it is sent off: at most so many rows in the channel, in both tasks' hands, and pending.
            #expect(meter.worst.load(ordering: .relaxed) <= 768 / 17 * 8)
            #expect(meter.emitted.load(ordering: .relaxed) == 200_000)
        }
    }

    final class Meter: Sendable {
        let emitted = Atomic<Int>(0)
        let executed = Atomic<Int>(0)
        let worst = Atomic<Int>(0)
    }

    struct MeteredSpout: Spout {
        let meter: Meter
        let count: Int
        var outputs: [StreamDeclaration] { [.fields("number")] }
        mutating func nextTuples(_ output: inout Output) throws -> SpoutStatus {
            while !output.isFull {
                let number = meter.emitted.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
                output.emit(number)
                if number == count { return .finished }
            }
            return .emitted
        }
    }

    struct SlowBolt: Bolt {
        let meter: Meter
        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            let executed = meter.executed.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
            let ahead = meter.emitted.load(ordering: .sequentiallyConsistent) - executed
            if ahead > meter.worst.load(ordering: .relaxed) { meter.worst.store(ahead, ordering: .relaxed) }
        }
    }

    @Test("an unreliable spout runs at most once, on each of its tasks")
    func unreliable() async throws {
        try await withTemporaryStore { store in
            var topology = TopologyBuilder("sensor")
            topology.spout("numbers", NumberSpout(count: 10_000), parallelism: 3)
            topology.bolt("count", parallelism: 2) { CountBolt() }.fields(["number"], from: "numbers")
            let summary = try await topology.run(on: store, guarantee: .atMostOnce(), configuration: .quiet)
            #expect(summary.totals.emitted == 30_000)
            #expect(try await counts(store, topology: "sensor")["w3"] == 3_000)
        }
    }

    @Test("a bolt ticks, and what it emits arrives")
    func ticks() async throws {
        try await withTemporaryStore { store in
            let gate = Gate()
            var topology = TopologyBuilder("ticks")
            topology.spout("gate", GateSpout(gate: gate))
            topology.bolt("ticking") { TickingBolt(gate: gate) }.shuffle(from: "gate").tick(every: .milliseconds(1))
            topology.bolt("count") { CountBolt() }.fields(["word"], from: "ticking")
            try await topology.run(on: store, configuration: .quiet)
            #expect(try await counts(store, topology: "ticks")["w1"] ?? 0 >= 3)
        }
    }

    final class Gate: Sendable {
        let ticks = Atomic<Int>(0)
    }

    /// Emits nothing; ends after three ticks.
    struct GateSpout: ReplayableSpout {
        let gate: Gate
        var outputs: [StreamDeclaration] { [.fields("nothing")] }
        func partitions() -> [UInt32] { [0] }
        mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) {}
        mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) -> SpoutStatus {
            gate.ticks.load(ordering: .relaxed) >= 3 ? .finished : .idle
        }
    }

    struct TickingBolt: Bolt {
        let gate: Gate
        var outputs: [StreamDeclaration] { [.fields("word")] }
        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {}
        mutating func tick(_ output: inout Output) throws {
            output.emit("w1")
            gate.ticks.wrappingAdd(1, ordering: .relaxed)
        }
    }

    @Test("what a spout finds wrong when it starts ends the run with its own error")
    func startError() async throws {
        try await withTemporaryStore { store in
            var topology = TopologyBuilder("refusing")
            topology.spout("refusing", RefusingSpout())
            topology.bolt("count") { CountBolt() }.fields(["word"], from: "refusing")
            await #expect(throws: TestFailure.self) { try await topology.run(on: store, configuration: .quiet) }
        }
    }

    struct RefusingSpout: ReplayableSpout {
        var outputs: [StreamDeclaration] { [.fields("word")] }
        func partitions() -> [UInt32] { [0] }
        mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws { throw TestFailure() }
        mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) -> SpoutStatus { .finished }
    }

    @Test("named streams go where they are subscribed to, and rows of any size arrive whole")
    func streams() async throws {
        try await withTemporaryStore { store in
            let record = GroupingTests.Record()
            var topology = TopologyBuilder("streams")
            topology.spout("lines", SentenceSpout(partitions: 1, count: 100))
            topology.bolt("sort") { SortingBolt() }.shuffle(from: "lines")
            topology.bolt("long") { GroupingTests.RecordingBolt(record: record) }.shuffle(from: "sort", stream: "long")
            topology.bolt("count") { CountBolt() }.fields(["word"], from: "sort", stream: "short")
            try await topology.run(on: store, configuration: .quiet)
            #expect(record.byTask[0]?.count == 100)
            #expect(record.byTask[0]?.allSatisfy { $0.utf8.count == 100_000 } == true)
            #expect(try await counts(store, topology: "streams")["w7"] == 100)
        }
    }

    struct SortingBolt: Bolt {
        var outputs: [StreamDeclaration] { [.init("short", fields: ["word"]), .init("long", fields: ["text", "size"])] }
        private var long = StreamIndex.first
        mutating func prepare(_ context: BoltContext) throws { long = try context.stream("long") }
        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            output.emit("w7")
            output.emit(String(repeating: "x", count: 100_000), 100_000, on: long)
        }
    }

    @Test("emitting what the stream does not declare is the bolt's failure")
    func wrongEmission() async throws {
        try await withTemporaryStore { store in
            var topology = TopologyBuilder("wrong")
            topology.spout("lines", SentenceSpout(partitions: 1, count: 3))
            topology.bolt("wrong") { WrongBolt() }.shuffle(from: "lines")
            topology.bolt("count") { CountBolt() }.fields(["word"], from: "wrong")
            let summary = try await topology.run(on: store, configuration: .quiet)
            #expect(summary.totals.deadLetters == 3)
        }
    }

    struct WrongBolt: Bolt {
        var outputs: [StreamDeclaration] { [.fields("word")] }
        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws { output.emit("two", "values") }
    }
}
