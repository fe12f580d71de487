import Logging
import Synchronization
import Weir
import WeirStore

/// One run of a topology on a thread of its own: attempt after attempt, until it ends, is stopped, or gives up.
final class TopologyRun: Sendable {
    private let topology: Topology
    private let store: Store
    private let guarantee: Guarantee
    private let configuration: TopologyConfiguration
    private let statistics: RunStatistics
    private struct Control: ~Copyable {
        var isStopping = false
        var attempt: Attempt?
    }
    private let control = Mutex(Control())

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
        control.withLock { control in
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
        var summary = TopologySummary()
        var policy = BatchFailurePolicy(maximumAttempts: configuration.maximumAttempts)
        let deadLetters = try DeadLetters(store: store, topology: topology.name)
        let audit = try AuditLedger(store: store, kind: .topology)
        var lastFailure = (component: "", reason: "")
        var lastBatch: UInt64 = 0
        let start = MonotonicTime.now
        var report = ProgressReport(statistics.metrics, start: start, interval: configuration.progressInterval.nanoseconds)
        for number in 0... {
            let attempt = try makeAttempt(number, policy, lastFailure, deadLetters, audit, after: lastBatch)
            control.withLock { control in
                control.attempt = attempt
                if control.isStopping { attempt.stop() }
            }
            let before = summary.totals
            let threads = configuration.threads ?? MonotonicTime.cores
            let ending = try attempt.run(threads: threads) { attempt, now in
                report.run(now, configuration) {
                    var progress = before
                    var ignored: [String: Int] = [:]
                    attempt.fill(&progress, &ignored)
                    statistics.fill(&progress)
                    return progress
                }
            }
            control.withLock { $0.attempt = nil }
            let uncommitted = attempt.uncommitted
            let unfinished = attempt.unfinishedBatches
            attempt.fill(&summary.totals, &summary.tuples)
            statistics.fill(&summary.totals)
            summary.totals.elapsed = .nanoseconds(Int64(clamping: MonotonicTime.now &- start))
            summary.totals.inFlight = 0
            policy = attempt.currentPolicy
            lastBatch = attempt.lastBatch
            let single = attempt.services.lastOrigin.withLock { $0 }
            attempt.tearDown()
            report.update(summary.totals)
            guard case .failed(let failure) = ending else {
                summary.commitLatency = statistics.latency
                return summary
            }
            summary.restarts += 1
            statistics.metrics.restarted(after: failure.error)
            // What was not committed will be emitted again.
            summary.totals.emitted -= uncommitted
            summary.totals.replayed += uncommitted
            summary.totals.replayedBatches += max(1, unfinished)
            lastFailure = (failure.component, "\(failure.error)")
            try decide(&policy, failure, uncommitted, single)
        }
        return summary
    }

    /// Throws when the run gives up.
    private func decide(
        _ policy: inout BatchFailurePolicy, _ failure: Attempt.Failure, _ uncommitted: Int, _ single: BatchFailurePolicy.Origin?
    ) throws {
        if let setup = failure.error as? SetupFailure { throw setup.cause }
        let fact = BatchFailurePolicy.Failure(
            isProcessing: failure.isProcessing && guarantee.kind == .exactlyOnce, emitted: uncommitted, single: single)
        guard case .again = policy.failed(fact) else {
            guard !failure.component.isEmpty else {
                throw TopologyError(
                    .commitFailed,
                    "The topology \"\(topology.name)\" gave up: its commits fail. What was committed stays; run it again when the store works.",
                    cause: failure.error)
            }
            throw TopologyError(
                .componentFailed,
                "The topology \"\(topology.name)\" gave up: \"\(failure.component)\" (task \(failure.task)) failed \(policy.failures) times in a row. "
                    + "What was committed stays; run it again when the cause is gone.",
                cause: failure.error)
        }
        configuration.logger.warning(
            "The topology starts again from its last commit",
            metadata: ["topology": "\(topology.name)", "component": "\(failure.component)", "error": "\(failure.error)"])
    }

    private func makeAttempt(
        _ number: Int, _ policy: BatchFailurePolicy, _ lastFailure: (component: String, reason: String), _ deadLetters: DeadLetters,
        _ audit: AuditLedger, after batch: UInt64
    ) throws -> Attempt {
        var positions: [[SourcePartition]] = []
        var watermarks: [TaskServices.Watermark] = []
        var retries = try guarantee.kind == .exactlyOnce ? lettersToRetry(deadLetters) : [:]
        for component in topology.components {
            guard case .spout(let role) = component.role else { continue }
            let numbers = role.isReplayable ? try role.partitions(component.parallelism) : (0..<UInt32(component.parallelism)).map { $0 }
            guard Set(numbers).count == numbers.count else {
                throw TopologyError(.configuration, "The spout \"\(component.name)\" has two partitions with the same number.")
            }
            var own: [SourcePartition] = []
            for partition in numbers {
                let source = topology.source(of: component.name)
                let stored = role.isReplayable ? try store.read { try $0.offset(of: source, partition: partition) } : nil
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
            journal: try StateJournal.open(store: store, topology: topology.name), plan: policy.plan, watermarks: watermarks)
        services.lastFailure.withLock { $0 = lastFailure }
        return try Attempt(
            topology, services: services, positions: positions, interval: guarantee.commitInterval.nanoseconds, statistics: statistics,
            policy: policy, deadLetters: deadLetters, audit: audit, after: batch)
    }
}

extension TopologyRun {
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
