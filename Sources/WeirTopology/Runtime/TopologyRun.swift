import Logging
import Synchronization
import Weir
import WeirStore

/// One run of a topology on a thread of its own: attempt after attempt, until it ends, is stopped, or gives up.
final class TopologyRun: Sendable {
    let topology: Topology
    let store: Store
    let guarantee: Guarantee
    let configuration: TopologyConfiguration
    private let statistics: RunStatistics
    private struct Control {
        var isStopping = false
        var attempt: Attempt?
    }
    private let control = Monitor(Control())

    init(_ topology: Topology, _ store: Store, _ guarantee: Guarantee, _ configuration: TopologyConfiguration) throws(TopologyError) {
        try configuration.check()
        try topology.check(guarantee)
        guard guarantee.commitInterval >= .microseconds(100) else {
            throw TopologyError(.configuration, "The commit interval is \(guarantee.commitInterval): use 100 us or more.")
        }
        self.topology = topology
        statistics = RunStatistics(topology: topology.name)
        self.store = store
        self.guarantee = guarantee
        self.configuration = configuration
    }

    /// Has the spouts stop; what was emitted is processed and committed, then the run ends. Any thread, any number of times.
    func stop() {
        control.withLock(wake: true) { control in
            control.isStopping = true
            control.attempt?.stop()
        }
    }

    /// Runs on a thread of its own; `completion` is called there.
    func start(_ completion: @escaping @Sendable (Result<TopologySummary, any Error>) -> Void) {
        do {
            try DedicatedThread.start(for: "a topology") { [self] in completion(Result { try run() }) }
        } catch { completion(.failure(error)) }
    }

    private func run() throws -> TopologySummary {
        let now = configuration.surroundings.now
        var history = try RunHistory(topology, store, configuration)
        var report = ProgressReport(statistics.metrics, start: now(), interval: configuration.progressInterval.nanoseconds)
        while true {
            guard let attempt = try nextAttempt(&history) else {
                wait(history.pause)
                continue
            }
            control.withLock { control in
                control.attempt = attempt
                if control.isStopping { attempt.stop() }
            }
            let before = history.summary.totals
            let ending = try attempt.run(threads: configuration.threads ?? MonotonicTime.cores) { attempt, now in
                report.run(now, configuration) {
                    var progress = before
                    var ignored: [String: Int] = [:]
                    attempt.fill(&progress, &ignored)
                    statistics.fill(&progress)
                    return progress
                }
            }
            control.withLock { $0.attempt = nil }
            let remains = collect(attempt, &history)
            report.update(history.summary.totals)
            if try !goesOn(ending, remains, &history) { return history.summary }
            wait(history.pause)
        }
    }

    /// What an attempt leaves that was not committed.
    struct Remains {
        let tuples: Int
        let batches: Int
        /// The tuple, when the last batch had but one.
        let single: BatchFailurePolicy.Origin?
    }

    /// Takes over what an attempt has done and ends it. When none of its tasks runs any more.
    func collect(_ attempt: Attempt, _ history: inout RunHistory) -> Remains {
        let remains = Remains(
            tuples: attempt.uncommitted, batches: attempt.unfinishedBatches, single: attempt.services.lastOrigin.withLock { $0 })
        attempt.fill(&history.summary.totals, &history.summary.tuples)
        statistics.fill(&history.summary.totals)
        history.summary.totals.elapsed = .nanoseconds(Int64(clamping: configuration.surroundings.now() &- history.start))
        history.summary.totals.inFlight = 0
        history.policy = attempt.currentPolicy
        history.lastBatch = attempt.lastBatch
        attempt.tearDown()
        return remains
    }

    /// Whether another attempt follows. Throws when the run gives up.
    func goesOn(_ ending: Attempt.Ending, _ remains: Remains, _ history: inout RunHistory) throws -> Bool {
        guard case .failed(let failure) = ending else {
            history.summary.commitLatency = statistics.latency
            return false
        }
        history.summary.restarts += 1
        statistics.metrics.restarted(after: failure.error)
        // What was not committed will be emitted again.
        history.summary.totals.emitted -= remains.tuples
        history.summary.totals.replayed += remains.tuples
        history.summary.totals.replayedBatches += max(1, remains.batches)
        history.lastFailure = (failure.component, "\(failure.error)")
        if statistics.commits > history.commits { history.backoff.committed() }
        history.commits = statistics.commits
        try decide(&history, failure, remains.tuples, remains.single)
        return true
    }

    /// Waits before the next attempt, until the run is stopped at most.
    private func wait(_ duration: Duration) {
        guard duration > .zero, configuration.isWaitOver?(duration) != true else { return }
        _ = control.wait(for: duration) { $0.isStopping ? true : nil }
    }

    /// Whether the store's failure may pass without anybody doing anything here. What the journal says after a failed commit names the failure as its
    /// cause.
    private static func mayPass(_ error: any Error) -> Bool {
        if let error = error as? StateError { return error.cause.map(mayPass) ?? false }
        return (error as? StoreError)?.isRetriable ?? false
    }

    /// The next attempt; nil when the store cannot be read or written just now, and it is to be tried again after `history.pause`. The first attempt of all is tried once.
    func nextAttempt(_ history: inout RunHistory) throws -> Attempt? {
        do { return try makeAttempt(&history) } catch  where history.attempts > 1 && Self.mayPass(error) {
            try decide(&history, Attempt.Failure(error: error, component: "", task: 0, isProcessing: false), 0, nil)
            return nil
        }
    }

    /// How the run goes on, and how long to wait before. Throws when it gives up.
    private func decide(
        _ history: inout RunHistory, _ failure: Attempt.Failure, _ uncommitted: Int, _ single: BatchFailurePolicy.Origin?
    ) throws {
        if let setup = failure.error as? SetupFailure { throw setup.cause }
        let fact = BatchFailurePolicy.Failure(
            isProcessing: failure.isProcessing && guarantee.kind == .exactlyOnce, emitted: uncommitted, single: single)
        let isPatient = failure.component.isEmpty && Self.mayPass(failure.error) && history.backoff.isPatient
        guard isPatient && !control.withLock({ $0.isStopping }) || history.policy.failed(fact) != .giveUp else {
            guard !failure.component.isEmpty else {
                throw TopologyError(
                    .commitFailed,
                    "The topology \"\(topology.name)\" gave up: its commits fail. What was committed stays; run it again when the store works.",
                    cause: failure.error)
            }
            throw TopologyError(
                .componentFailed,
                "The topology \"\(topology.name)\" gave up: \"\(failure.component)\" (task \(failure.task)) failed \(history.policy.failures) times in a row. "
                    + "What was committed stays; run it again when the cause is gone.",
                cause: failure.error)
        }
        configuration.logger.warning(
            "The topology starts again from its last commit",
            metadata: ["topology": "\(topology.name)", "component": "\(failure.component)", "error": "\(failure.error)"])
        var random = configuration.surroundings.generator(attempt: history.attempts)
        history.pause = failure.isProcessing ? .zero : history.backoff.failed(random: random.next())
    }

    /// The next attempt, from what the store holds.
    func makeAttempt(_ history: inout RunHistory) throws -> Attempt {
        let number = history.attempts
        history.attempts += 1
        var positions: [[SourcePartition]] = []
        var watermarks: [TaskServices.Watermark] = []
        var retries = try guarantee.kind == .exactlyOnce ? lettersToRetry(history.deadLetters) : [:]
        for component in topology.components {
            guard case .spout(let role) = component.role else { continue }
            let numbers = role.isReplayable ? try role.partitions(component.parallelism) : (0..<UInt32(component.parallelism)).map { $0 }
            guard Set(numbers).count == numbers.count else {
                throw TopologyError(.configuration, "The spout \"\(component.name)\" has two partitions with the same number.")
            }
            var own: [SourcePartition] = []
            for partition in numbers {
                let source = topology.source(of: component.name)
                var stored = role.isReplayable ? try store.read { try $0.offset(of: source, partition: partition) } : nil
                if store.configuration.has(.idleOffsetsForgotten), try isOlder(stored) { stored = nil }
                let next = stored?.next ?? 0
                own.append(
                    SourcePartition(
                        number: partition, source: watermarks.count, position: next, committed: next,
                        fingerprint: stored?.fingerprint ?? [],
                        retries: role.isReplayable ? retries.removeValue(forKey: Pair(source, partition)) ?? [] : [],
                        window: PendingWindow(from: next)))
                watermarks.append(TaskServices.Watermark(component: component.name, partition: partition, offset: next))
            }
            positions.append(own)
        }
        let services = TaskServices(
            guarantee: guarantee.kind, configuration: configuration, depths: (topology.depths.values.max() ?? 0) + 1,
            ackers: AckerPool(count: configuration.ackers), attempt: number, store: store,
            journal: try StateJournal.open(store: store, topology: topology.name, configuration: configuration.states),
            plan: history.policy.plan, watermarks: watermarks)
        services.lastFailure.withLock { [failure = history.lastFailure] in $0 = failure }
        return try Attempt(
            topology, services: services, positions: positions, interval: guarantee.commitInterval.nanoseconds, statistics: statistics,
            policy: history.policy, deadLetters: history.deadLetters, audit: history.audit,
            after: history.lastBatch)
    }
}

extension TopologyRun {
    /// Whether an offset was not in the newest of the commits that moved one: what a planted bug goes by.
    private func isOlder(_ offset: SourceOffset?) throws -> Bool {
        guard let offset else { return false }
        var newest = offset.transactionID
        try store.read { snapshot in
            try snapshot.offsets { _, _, other in
                newest = max(newest, other.transactionID)
                return .next
            }
        }
        return offset.transactionID < newest
    }

    /// The most letters that one attempt takes up; the others wait for the next run.
    private static let maximumRetries = 1000

    /// The dead letters that await a retry, by source and partition.
    private func lettersToRetry(_ deadLetters: DeadLetters) throws -> [Pair<String, UInt32>: [Retry]] {
        var found: [Pair<String, UInt32>: [Retry]] = [:]
        var count = 0
        try store.read { snapshot in
            try deadLetters.scan(in: snapshot) { number, letter in
                guard letter.awaitsRetry else { return .next }
                let retry = Retry(letter: letter) { transaction in _ = try deadLetters.drop(number, in: &transaction) }
                found[Pair(letter.source, letter.partition), default: []].append(retry)
                count += 1
                return count < Self.maximumRetries ? .next : .stop
            }
        }
        return found
    }
}

/// What a run carries from one attempt to the next.
struct RunHistory {
    var summary = TopologySummary()
    var attempts = 0
    var policy: BatchFailurePolicy
    var backoff: RetryBackoff
    /// To be waited before the next attempt.
    var pause = Duration.zero
    /// Commits up to the last attempt's end.
    var commits = 0
    var lastFailure = (component: "", reason: "")
    var lastBatch: UInt64 = 0
    let deadLetters: DeadLetters
    let audit: AuditLedger
    let start: UInt64

    init(_ topology: Topology, _ store: Store, _ configuration: TopologyConfiguration) throws {
        policy = BatchFailurePolicy(maximumAttempts: configuration.maximumAttempts)
        backoff = RetryBackoff(configuration)
        deadLetters = try DeadLetters(store: store, topology: topology.name)
        audit = try AuditLedger(store: store, kind: .topology)
        start = configuration.surroundings.now()
    }
}

/// Brings the metrics up to date and calls `onProgress` when it is time.
private struct ProgressReport {
    private let metrics: TopologyMetrics
    private let start: UInt64
    private let interval: UInt64
    private var next: UInt64
    private var reported = TopologyProgress()

    init(_ metrics: TopologyMetrics, start: UInt64, interval: UInt64) {
        self.metrics = metrics
        self.start = start
        self.interval = interval
        next = start + interval
    }

    mutating func run(_ now: UInt64, _ configuration: TopologyConfiguration, _ progress: () -> TopologyProgress) -> UInt64 {
        if now >= next {
            next = now + interval
            var current = progress()
            current.elapsed = .nanoseconds(Int64(clamping: now &- start))
            update(current)
            configuration.onProgress?(current)
        }
        return next
    }

    mutating func update(_ current: TopologyProgress) { metrics.report(current, since: &reported) }
}
