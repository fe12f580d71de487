import ArgumentParser
import Synchronization
import SystemPackage
import Weir
import WeirStore
import WeirTesting
import WeirTopology

/// Counts the words of sentences that come at a steady rate, exactly once, and says how long each took from the moment at which it was due to the moment
/// at which its spout was told that it is committed. A sentence that comes late because the topology is behind counts from when it was due: waiting is
/// part of the latency.
struct Latency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures latency from end to end at a steady rate.")

    @Argument(help: "The store's folder.") var store: String
    @Option(help: "Bytes of sentences a second.") var rate = 1_000_000
    @Option(help: "How long.") var seconds = 10
    @Option(help: "Milliseconds from commit to commit.") var commitInterval = 1
    @Option(help: "Microseconds after which a spout without input is asked again.") var idleWait = 250
    @Option(help: "Which sentences.") var seed: UInt64 = 1

    func run() async throws {
        let sentences = Sentences(seed: seed)
        let log = LatencyLog()
        let count = rate * seconds / sentences.meanBytes
        var topology = TopologyBuilder("latency")
        topology.spout(
            "lines",
            PacedSpout(
                sentences: sentences, log: log, count: UInt64(count), interval: .seconds(1) / (Double(rate) / Double(sentences.meanBytes))))
        topology.bolt("split", parallelism: 2) { SplitBolt(failures: Chance(oneIn: 0, seed: 0)) }.shuffle(from: "lines")
        topology.bolt("count", parallelism: 2) { CountBolt() }.fields(["word"], from: "split")
        var configuration = TopologyConfiguration()
        configuration.idleWait = .microseconds(idleWait)
        let store = try await Store.open(at: FilePath(store))
        let summary = try await topology.run(
            on: store, guarantee: .exactlyOnce(commitEvery: .milliseconds(commitInterval)), configuration: configuration)
        await store.close()
        let commits = summary.commitLatency
        say(
            """
            \(rate) bytes/s for \(seconds) s, commits every \(commitInterval) ms: \(count) sentences, \(summary.totals.commits) commits
            from end to end, us: p50 \(log.share(0.5)) p99 \(log.share(0.99)) p99.9 \(log.share(0.999)) most \(log.share(1))
            of a commit, us: p50 \(commits.p50) p99 \(commits.p99) p99.9 \(commits.p999) most \(commits.maximum)
            """)
    }
}

/// Sentences of ten words, the frequent ones far more often than the rare ones.
struct Sentences {
    let all: [String]
    let meanBytes: Int

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        all = (0..<20_000).map { _ in
            (0..<10).map { _ in
                // As many words are drawn below 2 as from 2 to 4, from 4 to 8, and so on: Zipf's law.
                Self.word(random.next() % (1 << (random.next() % 16)))
            }.joined(separator: " ")
        }
        meanBytes = all.reduce(0) { $0 + $1.utf8.count + 1 } / all.count
    }

    /// A number in letters, as long as words are.
    private static func word(_ number: UInt64) -> String {
        var rest = number
        let letters = (0..<6).map { _ -> UInt8 in
            defer { rest /= 10 }
            return UInt8(ascii: "a") + UInt8(rest % 10)
        }
        return String(decoding: letters, as: UTF8.self)
    }
}

/// What each sentence took, in microseconds.
final class LatencyLog: Sendable {
    private let latencies = Mutex<[Int]>([])

    func add(_ latency: Duration) { latencies.withLock { $0.append(Int(latency / .microseconds(1))) } }

    /// The latency that this share did not exceed.
    func share(_ share: Double) -> Int {
        latencies.withLock { latencies in
            latencies.sort()
            return latencies.isEmpty ? 0 : latencies[min(latencies.count - 1, Int(share * Double(latencies.count)))]
        }
    }
}

/// Emits a sentence each time that one is due.
private struct PacedSpout: ReplayableSpout {
    let sentences: Sentences
    let log: LatencyLog
    let count: UInt64
    let interval: Duration
    private var start: ContinuousClock.Instant?
    private var position: UInt64 = 0
    private var committed: UInt64 = 0

    init(sentences: Sentences, log: LatencyLog, count: UInt64, interval: Duration) {
        self.sentences = sentences
        self.log = log
        self.count = count
        self.interval = interval
    }

    var outputs: [StreamDeclaration] { [.fields("line")] }

    func partitions() throws -> [UInt32] { [0] }

    mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {
        position = offset
        committed = offset
        start = .now - interval * Int(offset)
    }

    private func due(_ number: UInt64) -> ContinuousClock.Instant { (start ?? .now) + interval * Int(number) }

    mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
        let now = ContinuousClock.now
        while !output.isFull, position < count, due(position) <= now {
            output.emit(sentences.all[Int(position % UInt64(sentences.all.count))], at: position, next: position + 1)
            position += 1
        }
        return position == count ? .finished : .idle
    }

    mutating func ack(_ partition: UInt32, upTo offset: UInt64) {
        let now = ContinuousClock.now
        while committed < offset {
            log.add(now - due(committed))
            committed += 1
        }
    }
}
