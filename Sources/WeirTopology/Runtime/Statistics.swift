import Histogram
import Synchronization
public import WeirStore

/// What a run has done so far.
public struct TopologyProgress: Sendable {
    /// Time since the run began.
    public internal(set) var elapsed = Duration.zero
    /// Tuples that spouts emitted, replays not counted.
    public internal(set) var emitted = 0
    /// Tuples that bolts executed.
    public internal(set) var executed = 0
    /// Tuples that bolts could not process.
    public internal(set) var failed = 0
    /// Tuples that were emitted again (at-least-once), or emitted and rolled back (exactly-once).
    public internal(set) var replayed = 0
    /// Tuples that came again and were skipped: by exactly-once bolts that had processed them, and where a spout emitted below what it had emitted.
    public internal(set) var skipped = 0
    /// Batches that were rolled back and replayed.
    public internal(set) var replayedBatches = 0
    /// Tuples that went to the dead letters.
    public internal(set) var deadLetters = 0
    /// Commits that are durable.
    public internal(set) var commits = 0
    /// Batches that are closed and not yet committed.
    public internal(set) var inFlight = 0
    /// Bytes of rows emitted, by spouts and bolts.
    public internal(set) var bytes = 0
    /// The transaction ID of the last commit; nil when there was none.
    public internal(set) var transactionID: TransactionID?
}

/// What a run has done, when it is over.
public struct TopologySummary: Sendable {
    /// The totals.
    public internal(set) var totals = TopologyProgress()
    /// Tuples executed, by bolt; tuples emitted, by spout.
    public internal(set) var tuples: [String: Int] = [:]
    /// How long a commit took from being handed to the store to being durable.
    public internal(set) var commitLatency = CommitLatency()
    /// How often the topology had to start again.
    public internal(set) var restarts = 0
}

/// Commit latency in microseconds.
public struct CommitLatency: Sendable {
    /// The median, the 99th and 99.9th percentile, and the longest.
    public internal(set) var p50 = 0
    /// 99 of 100 were faster.
    public internal(set) var p99 = 0
    /// 999 of 1,000 were faster.
    public internal(set) var p999 = 0
    /// The longest.
    public internal(set) var maximum = 0
}

/// Totals of a run over its attempts.
final class RunStatistics: Sendable {
    private struct State: Sendable {
        var latency = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        var commits = 0
        var deadLetters = 0
        var transactionID: TransactionID?
    }

    let metrics: TopologyMetrics
    private let state = Mutex(State())

    init(topology: String) { metrics = TopologyMetrics(topology: topology) }

    func committed(_ id: TransactionID, nanoseconds: UInt64, audited: UInt64, deadLetters: Int) {
        metrics.committed(nanoseconds: nanoseconds, audited: audited)
        state.withLock { state in
            state.latency.record(max(1, nanoseconds / 1000))
            state.commits += 1
            state.deadLetters += deadLetters
            state.transactionID = id
        }
    }

    var commits: Int { state.withLock { $0.commits } }

    func fill(_ progress: inout TopologyProgress) {
        state.withLock { state in
            progress.commits = state.commits
            progress.deadLetters = state.deadLetters
            progress.transactionID = state.transactionID
        }
    }

    var latency: CommitLatency {
        state.withLock { state in
            guard state.commits > 0 else { return CommitLatency() }
            var latency = CommitLatency()
            latency.p50 = Int(state.latency.valueAtPercentile(50))
            latency.p99 = Int(state.latency.valueAtPercentile(99))
            latency.p999 = Int(state.latency.valueAtPercentile(99.9))
            latency.maximum = Int(state.latency.max)
            return latency
        }
    }
}
