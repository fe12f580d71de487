import Logging
import ServiceLifecycle
import Synchronization
import SystemPackage
import UnixSignals
import WeirConnectors
import WeirStore
import WeirTopology

/// One run: opens the store, runs the topology as a service until its end or a signal, and reports.
struct Counting {
    private let command: Command
    private let paths: [FilePath]?
    private let topology: Topology
    private let signals: UnixSignalsSequence

    init(_ command: Command, _ signals: UnixSignalsSequence) throws {
        self.command = command
        self.signals = signals
        paths = try command.paths
        topology = try Self.topology(command, paths)
    }

    /// lines -> split -> count.
    private static func topology(_ command: Command, _ paths: [FilePath]?) throws -> Topology {
        var builder = TopologyBuilder("wordcount")
        let follow = command.follow
        if let paths {
            // Before anything is opened or created: a missing file is told at once.
            _ = try FileSpout(paths).partitions()
            builder.spout("lines", FileSpout(paths, follows: follow), parallelism: command.spouts)
        } else {
            builder.spout("lines", LinesSpout())
        }
        builder.bolt("split", parallelism: command.splits) { SplitBolt() }.shuffle(from: "lines")
        builder.bolt("count", parallelism: command.counts) { CountBolt() }.fields(["word"], from: "split")
        return try builder.build()
    }

    func run() async throws -> Report {
        let output = command.output.map { FilePath($0) }
        // Opened and let go: that it cannot be written is better known now than after hours.
        _ = try output.map { try OutputFile($0) }
        let store = try await Store.open(at: FilePath(command.store))
        let written = ProcessIO.bytesWritten
        let summary = try await count(on: store)
        var report = Report(summary, count: "count")
        report.bytesWritten = ProcessIO.bytesWritten - written
        report.store = command.store
        report.guarantee = command.guarantee.rawValue
        let counts = try await Counts.read("count", of: topology.name, in: store, top: command.top, to: output)
        report.totalWords = counts.total
        report.distinctWords = counts.distinct
        report.transactionID = counts.transactionID
        report.top = counts.ranking.entries
        await store.close()
        return report
    }

    private func count(on store: Store) async throws -> TopologySummary {
        var logger = Logger(label: "wordcount")
        logger.logLevel = .error
        var configuration = TopologyConfiguration()
        configuration.logger = logger
        if let maximum = command.maxPending { configuration.maximumPending = maximum }
        let progress = Progress()
        if progress.isShown {
            let lag = try Lag(store: store, source: topology.source(of: "lines"), paths: paths)
            configuration.progressInterval = .milliseconds(250)
            configuration.onProgress = { progress.show(Progress.Facts($0, lag)) }
        }
        let ending = Ending()
        let service = TopologyService(topology, on: store, guarantee: command.promised, configuration: configuration) { ending.set($0) }
        // Whichever ends first has the other end in order: the topology, or the wait for SIGTERM or Ctrl-C, which may have come before.
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: AskedToStop(signals: signals), successTerminationBehavior: .gracefullyShutdownGroup),
                ], logger: logger))
        defer { progress.clear() }
        try await group.run()
        guard let summary = ending.summary else { throw Failure("The topology ended without a summary: run it again.") }
        return summary
    }
}

/// Runs until the first signal.
private struct AskedToStop: Service {
    let signals: UnixSignalsSequence

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { return }
    }
}

/// The summary of the run, from the service to who waits for it.
private final class Ending: Sendable {
    private let state = Mutex<TopologySummary?>(nil)

    func set(_ summary: TopologySummary) { state.withLock { $0 = summary } }

    var summary: TopologySummary? { state.withLock { $0 } }
}

extension Report {
    /// What the topology did; `count` is the bolt that took the words.
    init(_ summary: TopologySummary, count: String) {
        let totals = summary.totals
        sentences = UInt64(clamping: totals.emitted)
        words = UInt64(clamping: summary.tuples[count] ?? 0)
        seconds = totals.elapsed / .seconds(1)
        commits = UInt64(clamping: totals.commits)
        commitMicroseconds = Percentiles(
            p50: Double(summary.commitLatency.p50), p99: Double(summary.commitLatency.p99), p999: Double(summary.commitLatency.p999))
        replayedBatches = UInt64(clamping: totals.replayedBatches)
        replayedTuples = UInt64(clamping: totals.replayed)
        skippedTuples = UInt64(clamping: totals.skipped)
        deadLetters = UInt64(clamping: totals.deadLetters)
    }
}
