import Metrics

/// What a running topology reports through swift-metrics, with the dimension `topology`:
///
/// | name | kind | unit |
/// | --- | --- | --- |
/// | `weir.topology.emitted` | counter | tuples that spouts emitted |
/// | `weir.topology.executed` | counter | tuples that bolts executed |
/// | `weir.topology.failed` | counter | tuples that bolts could not process |
/// | `weir.topology.replayed` | counter | tuples emitted again |
/// | `weir.topology.skipped` | counter | tuples that came again from a spout, or to an exactly-once bolt |
/// | `weir.topology.dead_letters` | counter | tuples given up |
/// | `weir.topology.bytes` | counter | bytes of rows emitted |
/// | `weir.topology.commits` | counter | commits |
/// | `weir.topology.commit.latency` | timer | from handing a batch to the store to its being durable |
/// | `weir.topology.restarts` | counter | attempts that failed |
/// | `weir.topology.audited` | counter | tuples that the conservation audit accounts for: committed, or dead letters |
/// | `weir.topology.unbalanced` | counter | batches that were not committed because rows were lost or doubled in them |
/// | `weir.topology.in_flight` | gauge | batches closed and not yet committed |
///
/// Counters are brought up to date every ``TopologyConfiguration/progressInterval`` and at the end: nothing is counted per tuple.
final class TopologyMetrics: Sendable {
    private let emitted, executed, failed, replayed, skipped, deadLetters, bytes, commits, restarts, audited, unbalanced: Counter
    private let inFlight: Gauge
    private let latency: Timer

    init(topology: String) {
        let dimensions = [("topology", topology)]
        func counter(_ name: String) -> Counter { Counter(label: "weir.topology.\(name)", dimensions: dimensions) }
        emitted = counter("emitted")
        executed = counter("executed")
        failed = counter("failed")
        replayed = counter("replayed")
        skipped = counter("skipped")
        deadLetters = counter("dead_letters")
        bytes = counter("bytes")
        commits = counter("commits")
        restarts = counter("restarts")
        audited = counter("audited")
        unbalanced = counter("unbalanced")
        inFlight = Gauge(label: "weir.topology.in_flight", dimensions: dimensions)
        latency = Timer(label: "weir.topology.commit.latency", dimensions: dimensions)
    }

    func committed(nanoseconds: UInt64, audited tuples: UInt64) {
        latency.recordNanoseconds(Int64(clamping: nanoseconds))
        if tuples > 0 { audited.increment(by: Int64(clamping: tuples)) }
    }

    func restarted(after error: any Error) {
        restarts.increment()
        if (error as? TopologyError)?.code == .unbalanced { unbalanced.increment() }
    }

    /// What has grown since the last report. A rollback takes back what was emitted: counters do not go down, the next growth makes up for it.
    func report(_ now: TopologyProgress, since before: inout TopologyProgress) {
        func add(_ counter: Counter, _ path: WritableKeyPath<TopologyProgress, Int>) {
            let growth = now[keyPath: path] - before[keyPath: path]
            guard growth > 0 else { return }
            counter.increment(by: growth)
            before[keyPath: path] = now[keyPath: path]
        }
        add(emitted, \.emitted)
        add(executed, \.executed)
        add(failed, \.failed)
        add(replayed, \.replayed)
        add(skipped, \.skipped)
        add(deadLetters, \.deadLetters)
        add(bytes, \.bytes)
        add(commits, \.commits)
        inFlight.record(now.inFlight)
    }
}
