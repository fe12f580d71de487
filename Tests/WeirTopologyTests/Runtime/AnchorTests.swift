import Synchronization
import Testing
import Weir
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("Tuples that are anchored to several", .serialized)
struct AnchorTests {
    /// The pair of the two partitions' only lines.
    static let pair = "\(SentenceSpout.sentence(0, 0)) and \(SentenceSpout.sentence(1, 0))"

    private static func pairing(_ pairs: Pairs) -> TopologyBuilder {
        var topology = TopologyBuilder("pairs")
        topology.spout("lines", SentenceSpout(partitions: 2, count: 1))
        topology.bolt("pair") { PairBolt() }.shuffle(from: "lines")
        topology.bolt("take") { TakeBolt(pairs: pairs) }.shuffle(from: "pair")
        return topology
    }

    @Test("a tuple that is anchored to two inputs and fails has both replayed, and no one else", arguments: [1, 4])
    func bothAreReplayed(_ ackers: Int) async throws {
        try await withTemporaryStore { store in
            let pairs = Pairs(failures: 1)
            var configuration = TopologyConfiguration.quiet
            configuration.ackers = ackers
            configuration.messageTimeout = .seconds(10)
            let summary = try await Self.pairing(pairs).run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: configuration)
            #expect(pairs.seen == [Self.pair, Self.pair])
            #expect(summary.totals.failed == 1)
            #expect(summary.totals.replayed == 2)
            #expect(summary.totals.deadLetters == 0)
            let offsets = try await store.read { snapshot in
                try (0..<2 as Range<UInt32>).map { try snapshot.offset(of: "pairs.lines", partition: $0)?.next }
            }
            #expect(offsets == [1, 1])
        }
    }

    @Test("a tuple that is anchored to two inputs and is processed settles both")
    func bothAreSettled() async throws {
        try await withTemporaryStore { store in
            let pairs = Pairs(failures: 0)
            let summary = try await Self.pairing(pairs).run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: .quiet)
            #expect(pairs.seen == [Self.pair])
            #expect(summary.totals.replayed == 0)
        }
    }

    @Test("what a bolt emits in several turns for the same held tuple are different tuples for an exactly-once bolt behind it")
    func severalTurns() async throws {
        try await withTemporaryStore { store in
            var topology = TopologyBuilder("turns")
            topology.spout("lines", SentenceSpout(partitions: 1, count: 20, chunk: 1))
            topology.bolt("hold") { TurnsBolt() }.shuffle(from: "lines")
            topology.bolt("count") { ExactlyOnce(CountBolt()) }.fields(["word"], from: "hold")
            let summary = try await topology.run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: .quiet)
            #expect(try await counts(store, topology: "turns") == ["w1": 80, "w2": 20])
            #expect(summary.totals.skipped == 0)
        }
    }

    /// Which pairs arrived; the first so many fail.
    final class Pairs: Sendable {
        private let failures: Countdown
        private let arrived = Mutex<[String]>([])

        init(failures: Int) { self.failures = Countdown(failures) }

        var seen: [String] { arrived.withLock { $0 } }

        func take(_ pair: String) throws {
            arrived.withLock { $0.append(pair) }
            if failures.fire() { throw TestFailure() }
        }
    }

    /// Holds lines until there are two, and emits them as one tuple that descends from both.
    struct PairBolt: Bolt {
        private var held: [(line: String, tuple: HeldTuple)] = []
        var outputs: [StreamDeclaration] { [.fields("pair")] }

        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            held.append((try tuple[0].string, output.hold(tuple)))
            guard held.count == 2 else { return }
            held.sort { $0.line == SentenceSpout.sentence(0, 0) && $1.line != $0.line }
            let lines = held.map(\.line)
            output.anchored(to: held.map(\.tuple)) { $0.emit("\(lines[0]) and \(lines[1])") }
            for (_, tuple) in held { output.ack(tuple) }
            held = []
        }
    }

    struct TakeBolt: Bolt {
        let pairs: Pairs
        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws { try pairs.take(try tuple[0].string) }
    }

    /// Holds each line, and emits words that descend from it in three turns.
    struct TurnsBolt: Bolt {
        var outputs: [StreamDeclaration] { [.fields("word")] }

        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            let held = output.hold(tuple)
            output.anchored(to: [held]) { $0.emit("w1") }
            output.anchored(to: [held]) { output in
                output.emit("w1")
                // One turn within the other.
                output.anchored(to: [held]) { $0.emit("w1") }
                output.emit("w1")
                output.emit("w2")
            }
            output.ack(held)
        }
    }
}
