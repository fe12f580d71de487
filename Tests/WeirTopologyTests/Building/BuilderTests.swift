import Testing
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("Building a topology")
struct BuilderTests {
    static func valid() -> TopologyBuilder {
        var topology = TopologyBuilder("test")
        topology.spout("lines", SentenceSpout(partitions: 1, count: 1))
        topology.bolt("split") { SplitBolt() }.shuffle(from: "lines")
        return topology
    }

    static func code(_ build: (inout TopologyBuilder) -> Void) -> TopologyError.Code? {
        var topology = valid()
        build(&topology)
        do { _ = try topology.build() } catch { return error.code }
        return nil
    }

    @Test("what can be known to be wrong is refused when the topology is built")
    func refused() {
        #expect(Self.code { _ in } == nil)
        #expect(Self.code { $0.bolt("split") { SplitBolt() }.shuffle(from: "lines") } == .duplicateName)
        #expect(Self.code { $0.bolt("a.b") { SplitBolt() }.shuffle(from: "lines") } == .invalidName)
        #expect(Self.code { $0.bolt("") { SplitBolt() }.shuffle(from: "lines") } == .invalidName)
        #expect(Self.code { $0.bolt("x") { SplitBolt() }.shuffle(from: "nobody") } == .unknownComponent)
        #expect(Self.code { $0.bolt("x") { SplitBolt() }.shuffle(from: "lines", stream: "late") } == .unknownStream)
        #expect(Self.code { $0.bolt("x") { SplitBolt() }.fields(["word"], from: "lines") } == .unknownField)
        #expect(Self.code { $0.bolt("x") { SplitBolt() }.fields([], from: "lines") } == .grouping)
        #expect(Self.code { $0.bolt("x") { SplitBolt() }.partialKey(["word", "lin"], from: "split") } == .unknownField)
        #expect(Self.code { $0.bolt("x") { SplitBolt() }.direct(from: "lines") } == .grouping)
        #expect(Self.code { $0.bolt("x") { SplitBolt() } } == .noInput)
        #expect(Self.code { $0.bolt("x", parallelism: 0) { SplitBolt() }.shuffle(from: "lines") } == .parallelism)
        #expect(Self.code { $0.bolt("x") { SplitBolt() }.shuffle(from: "lines").tick(every: .zero) } == .configuration)
        #expect(
            Self.code {
                $0.bolt("x") { SplitBolt() }.shuffle(from: "y")
                $0.bolt("y") { SplitBolt() }.shuffle(from: "x")
            } == .cycle)
        #expect(Self.code { $0.bolt("x") { SplitBolt() }.shuffle(from: "x") } == .cycle)
        #expect(throws: TopologyError.self) { try TopologyBuilder("empty").build() }
        #expect(throws: TopologyError.self) { try TopologyBuilder("a topology").build() }
    }

    @Test("an error names what is there")
    func message() {
        var topology = Self.valid()
        topology.bolt("count") { CountBolt() }.fields(["wrod"], from: "split")
        let error = #expect(throws: TopologyError.self) { try topology.build() }
        #expect(error?.message.contains("\"wrod\"") == true)
        #expect(error?.message.contains("\"word\"") == true)
        #expect(error?.message.contains("\"count\"") == true)
    }

    @Test("components come in topological order, whatever order they were added in")
    func order() throws {
        var topology = TopologyBuilder("test")
        topology.bolt("c") { CountBolt() }.fields(["word"], from: "b").fields(["line"], from: "a")
        topology.bolt("b") { SplitBolt() }.shuffle(from: "a")
        topology.spout("a", SentenceSpout(partitions: 1, count: 1))
        let built = try topology.build()
        #expect(built.components.map(\.name) == ["a", "b", "c"])
        #expect(built.depths == ["a": 0, "b": 1, "c": 2])
    }

    @Test("a spout that cannot replay is refused where replay is promised")
    func notReplayable() async throws {
        try await withTemporaryStore { store in
            var topology = TopologyBuilder("sensor")
            topology.spout("numbers", NumberSpout(count: 10))
            topology.bolt("sink") { CountBolt() }.shuffle(from: "numbers")
            let error = await #expect(throws: TopologyError.self) {
                try await topology.run(on: store, guarantee: .exactlyOnce(), configuration: .quiet)
            }
            #expect(error?.code == .notReplayable)
        }
    }

    @Test("settings out of their range are refused")
    func configuration() {
        var configuration = TopologyConfiguration.quiet
        #expect(throws: Never.self) { try configuration.check() }
        configuration.threads = 0
        #expect(throws: TopologyError.self) { try configuration.check() }
        configuration = .quiet
        configuration.maximumAttempts = 0
        #expect(throws: TopologyError.self) { try configuration.check() }
        configuration = .quiet
        configuration.arenaBytes = 10
        #expect(throws: TopologyError.self) { try configuration.check() }
    }
}

/// Counts up; cannot go back.
struct NumberSpout: Spout {
    let count: Int
    private var next = 0
    init(count: Int) { self.count = count }
    var outputs: [StreamDeclaration] { [.fields("number")] }
    mutating func nextTuples(_ output: inout Output) throws -> SpoutStatus {
        while !output.isFull, next < count {
            output.emit("w\(next % 10)")
            next += 1
        }
        return next < count ? .emitted : .finished
    }
}
