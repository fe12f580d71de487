import Synchronization
import Testing
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("Groupings", .serialized)
struct GroupingTests {
    /// What each task of the recording bolt got.
    final class Record: Sendable {
        let tuples = Mutex<[Int: [String]]>([:])
        var byTask: [Int: [String]] { tuples.withLock { $0 } }
    }

    struct RecordingBolt: Bolt {
        let record: Record
        var task = 0
        mutating func prepare(_ context: BoltContext) throws { task = context.task }
        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            let word = try tuple[0].string
            let task = task
            record.tuples.withLock { $0[task, default: []].append(word) }
        }
    }

    struct WordSpout: ReplayableSpout {
        let count: UInt64
        var direct = false
        private var position: UInt64 = 0
        init(count: UInt64) { self.count = count }
        var outputs: [StreamDeclaration] { [.fields("word")] }
        func partitions() -> [UInt32] { [0] }
        mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) { position = offset }
        mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) -> SpoutStatus {
            while !output.isFull, position < count {
                output.emit("w\(position % 50)", at: position, next: position + 1)
                position += 1
            }
            return position < count ? .emitted : .finished
        }
    }

    /// Sends word i to task i % 4 on a direct stream.
    struct DirectingBolt: Bolt {
        var outputs: [StreamDeclaration] { [.init("direct", fields: ["word"], isDirect: true)] }
        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            let word = try tuple[0].string
            output.emit(word, to: (Int(word.dropFirst()) ?? 0) % 4, on: .first)
        }
    }

    static func run(_ grouping: Grouping, count: UInt64 = 20_000) async throws -> [Int: [String]] {
        try await withTemporaryStore { store in
            let record = Record()
            var configuration = TopologyConfiguration.quiet
            configuration.arenaBytes = 1024
            var topology = TopologyBuilder("groupings")
            topology.spout("words", WordSpout(count: count))
            topology.bolt("record", parallelism: 4) { RecordingBolt(record: record) }.grouping(grouping, from: "words")
            try await topology.run(on: store, guarantee: .exactlyOnce(), configuration: configuration)
            return record.byTask
        }
    }

    @Test(
        "shuffle gives every task about the same, and loses nothing",
        arguments: [Grouping.shuffle, .localOrShuffle, .none].enumerated().map(\.offset))
    func shuffle(_ index: Int) async throws {
        let tasks = try await Self.run([Grouping.shuffle, .localOrShuffle, .none][index])
        #expect(tasks.values.reduce(0) { $0 + $1.count } == 20_000)
        for (_, words) in tasks { #expect(abs(words.count - 5_000) < 200) }
    }

    @Test("fields: a value is always at the same task")
    func fields() async throws {
        let tasks = try await Self.run(.fields(["word"]))
        #expect(tasks.values.reduce(0) { $0 + $1.count } == 20_000)
        #expect(tasks.count == 4)
        for word in 0..<50 { #expect(tasks.values.count { $0.contains("w\(word)") } == 1) }
    }

    @Test("partial key: a value is at two tasks at most, in balance")
    func partialKey() async throws {
        let tasks = try await Self.run(.partialKey(["word"]))
        #expect(tasks.values.reduce(0) { $0 + $1.count } == 20_000)
        for word in 0..<50 { #expect(1...2 ~= tasks.values.count { $0.contains("w\(word)") }) }
        for (_, words) in tasks { #expect(abs(words.count - 5_000) < 1_500) }
    }

    @Test("all: every task gets everything, in order")
    func all() async throws {
        let tasks = try await Self.run(.all, count: 1_000)
        #expect(tasks.count == 4)
        for (_, words) in tasks { #expect(words == (0..<1_000).map { "w\($0 % 50)" }) }
    }

    @Test("global: the first task gets everything")
    func global() async throws {
        let tasks = try await Self.run(.global, count: 1_000)
        #expect(tasks.keys.sorted() == [0])
        #expect(tasks[0]?.count == 1_000)
    }

    @Test("custom: the function decides; a task that is not there is an error")
    func custom() async throws {
        let tasks = try await Self.run(.custom { tuple, tasks in (try? tuple[0].unsafeBytes.count == 2) == true ? 1 : tasks - 1 })
        #expect(tasks.keys.sorted() == [1, 3])
        #expect(tasks[1]?.allSatisfy { $0.utf8.count == 2 } == true)
        await #expect(throws: (any Error).self) { try await Self.run(.custom { _, tasks in tasks }, count: 1) }
    }

    @Test("direct: the emitter decides")
    func direct() async throws {
        try await withTemporaryStore { store in
            let record = Record()
            var topology = TopologyBuilder("groupings")
            topology.spout("words", WordSpout(count: 2_000))
            topology.bolt("direct") { DirectingBolt() }.shuffle(from: "words")
            topology.bolt("record", parallelism: 4) { RecordingBolt(record: record) }.direct(from: "direct", stream: "direct")
            try await topology.run(on: store, configuration: .quiet)
            let tasks = record.byTask
            #expect(tasks.values.reduce(0) { $0 + $1.count } == 2_000)
            for (task, words) in tasks { #expect(words.allSatisfy { (Int($0.dropFirst()) ?? -1) % 4 == task }) }
        }
    }
}
