import Synchronization
import Weir
import WeirStore

/// One attempt to run a topology, from the committed offsets and states until it ends or fails. Its successor starts from the store again: a rollback
/// takes the same way as the recovery from a crash.
// Sendable: `wiring` and `threads` belong to the supervisor; the rest is behind mutexes or immutable.
final class Attempt: @unchecked Sendable {
    struct Failure {
        let error: any Error
        let component: String
        let task: Int
        let isProcessing: Bool
    }

    enum Ending {
        case finished
        case failed(Failure)
    }

    private struct State {
        var coordinator: BatchCoordinator
        var parts: [UInt64: [Contribution]] = [:]
        /// Complete batches, in order, on their way to the store.
        var ready: [UInt64] = []
        var spoutsLeft: Int
        /// What the batches since the last commit brought that had nothing to commit.
        var carried = BatchTotals()
        /// Whether a batch was handed to the store.
        var hasCommitted = false
        var failure: Failure?
        var submitted = 0
        var settled = 0
        var liveThreads = 0
        var isFinished = false
        var isPoked = false
    }

    let services: TaskServices
    private let topology: Topology
    private let statistics: RunStatistics
    private let policy: Mutex<BatchFailurePolicy>
    private let deadLetters: DeadLetters
    private let audit: AuditLedger
    private var wiring: Wiring
    private let state: Monitor<State>
    private let chain: CommitChain
    /// Held while batches are handed to the store, so that they come there in order whichever threads complete them.
    private let submission = Mutex(())
    /// Tuples in batches that were committed.
    private let committedTuples = Atomic<Int>(0)

    init(
        _ topology: Topology, services: TaskServices, positions: [[SourcePartition]], interval: UInt64, statistics: RunStatistics,
        policy: BatchFailurePolicy, deadLetters: DeadLetters, audit: AuditLedger, after batch: UInt64
    ) throws {
        self.topology = topology
        self.services = services
        self.statistics = statistics
        self.policy = Mutex(policy)
        self.deadLetters = deadLetters
        self.audit = audit
        services.spoutRequest.store(batch, ordering: .relaxed)
        services.boltRequest.store(batch, ordering: .relaxed)
        wiring = try Wiring(topology, services, positions: positions, lastBatch: batch)
        let order: BatchCoordinator.Order =
            switch services.guarantee {
            case .exactlyOnce: .aligned
            case .atLeastOnce: .offsetsFirst
            case .atMostOnce: .statesFirst
            }
        let coordinator = BatchCoordinator(
            order: order, spouts: wiring.spouts.count, bolts: wiring.bolts.count, interval: interval,
            maximumInFlight: services.isLimited ? 1 : services.configuration.maximumBatchesInFlight, after: batch,
            now: services.configuration.surroundings.now())
        state = Monitor(State(coordinator: coordinator, spoutsLeft: wiring.spouts.count))
        chain = CommitChain(next: batch + 1)
        services.onFailure = { [unowned self] error, task in self.fail(error, component: task.component, task: task.index) }
        services.onHandIn = { [unowned self] batch, part in self.handedIn(batch, part) }
        services.onActivity = { [unowned self] in self.poke() }
        services.onSpoutEnded = { [unowned self] in self.spoutEnded() }
    }

    /// Runs until it is over. Called on the supervisor's thread, and blocks it. `supervise` is called at least every so often, and says when next.
    func run(threads: Int, supervise: (Attempt, UInt64) -> UInt64) throws -> Ending {
        state.withLock { $0.liveThreads = threads }
        begin()
        for _ in 0..<threads {
            do {
                try DedicatedThread.start(for: "a topology's tasks") { [self] in work() }
            } catch {
                state.withLock { $0.liveThreads -= 1 }
                fail(error, component: topology.name, task: 0)
            }
        }
        var schedule = makeSchedule()
        while true {
            let now = services.configuration.surroundings.now()
            let next = min(turn(&schedule, now), supervise(self, now))
            let over = state.wait(for: .nanoseconds(Int64(clamping: waitTime(until: next)))) { state -> Bool? in
                if state.failure != nil || state.isFinished { return true }
                return state.isPoked ? false : nil
            }
            if over == true { break }
        }
        services.queue.stop()
        // Commits that were handed in are waited for, too: what they come to is known before anything is read again.
        _ = state.wait { $0.liveThreads == 0 && $0.settled == $0.submitted ? true : nil }
        return ending ?? .finished
    }

    /// Has every task look for work.
    func begin() { for task in wiring.tasks { task.notify() } }

    func makeSchedule() -> Schedule { Schedule(wiring, services.configuration) }

    /// One turn of the supervisor: closes a batch when it is time, and does what else is due. Returns when something will be due next.
    func turn(_ schedule: inout Schedule, _ now: UInt64) -> UInt64 {
        perform(
            decide { state in
                state.isPoked = false
                return state.coordinator.poll(now: now, activity: services.activity.load(ordering: .relaxed))
            })
        return schedule.run(now, wiring, services)
    }

    /// How it has ended; nil while it runs.
    var ending: Ending? {
        state.withLock { state in state.failure.map { .failed($0) } ?? (state.isFinished ? .finished : nil) }
    }

    /// When no thread runs any more.
    func tearDown() {
        wiring.tearDown(services)
        services.onFailure = { _, _ in }
        services.onHandIn = { _, _ in }
        services.onActivity = {}
        services.onSpoutEnded = {}
    }

    /// What this attempt has done; the supervisor's thread only.
    func fill(_ progress: inout TopologyProgress, _ tuples: inout [String: Int]) {
        for task in wiring.spouts {
            let emitted = task.counters.emitted.load(ordering: .relaxed)
            progress.emitted += emitted
            progress.replayed += task.counters.replayed.load(ordering: .relaxed)
            progress.skipped += task.counters.skipped.load(ordering: .relaxed)
            progress.bytes += task.counters.bytes.load(ordering: .relaxed)
            tuples[task.component, default: 0] += emitted
        }
        for task in wiring.bolts {
            let executed = task.counters.executed.load(ordering: .relaxed)
            progress.executed += executed
            progress.failed += task.counters.failed.load(ordering: .relaxed)
            progress.skipped += task.counters.skipped.load(ordering: .relaxed)
            progress.bytes += task.counters.bytes.load(ordering: .relaxed)
            tuples[task.component, default: 0] += executed
        }
        progress.inFlight = state.withLock { $0.coordinator.inFlight }
    }

    /// Tuples that were emitted and not committed.
    var uncommitted: Int {
        wiring.spouts.reduce(0) { $0 + $1.counters.emitted.load(ordering: .relaxed) } - committedTuples.load(ordering: .relaxed)
    }

    /// Batches that were closed and not committed; and the number of the last one.
    var unfinishedBatches: Int { state.withLock { $0.coordinator.inFlight } }
    var lastBatch: UInt64 { services.spoutRequest.load(ordering: .relaxed) }
    var currentPolicy: BatchFailurePolicy { policy.withLock { $0 } }

    /// Has the spouts stop; the run then ends in order.
    func stop() {
        guard !services.isStopping.exchange(true, ordering: .relaxed) else { return }
        for spout in wiring.spouts { spout.notify() }
    }

    private func waitTime(until next: UInt64) -> UInt64 {
        let now = services.configuration.surroundings.now()
        // Quiet: nothing to commit, so that the next activity has to wake this thread. Said before the look, lest it be missed.
        services.isQuiet.store(true, ordering: .sequentiallyConsistent)
        let activity = services.activity.load(ordering: .sequentiallyConsistent)
        let (due, isIdle) = state.withLock { ($0.coordinator.deadline(activity: activity), $0.coordinator.isIdle(activity: activity)) }
        if !isIdle { services.isQuiet.store(false, ordering: .sequentiallyConsistent) }
        let wake = min(next, due ?? .max)
        return wake > now ? min(wake - now, 1_000_000_000) : 0
    }

    private func work() {
        while let task = services.queue.pop() { task.run() }
        state.withLock(wake: true) { $0.liveThreads -= 1 }
    }

    private func poke() { state.withLock(wake: true) { $0.isPoked = true } }

    private func fail(_ error: any Error, component: String, task: Int) {
        let tuple = error as? TupleFailure
        let failure = Failure(error: tuple?.cause ?? error, component: component, task: task, isProcessing: tuple != nil)
        state.withLock(wake: true) { state in
            if state.failure == nil { state.failure = failure }
        }
        services.queue.stop()
    }

    private func spoutEnded() {
        let activity = services.activity.load(ordering: .relaxed)
        perform(
            decide { state in
                state.spoutsLeft -= 1
                return state.spoutsLeft == 0 ? state.coordinator.spoutsEnded(activity: activity) : []
            })
    }

    private func handedIn(_ batch: UInt64, _ part: Contribution) {
        perform(
            decide { state in
                state.parts[batch, default: []].append(part)
                return part.owner >= 0 ? state.coordinator.spoutHandedIn(batch) : state.coordinator.boltHandedIn(batch)
            })
    }

    private func decide(_ body: (inout State) -> [BatchCoordinator.Action]) -> [BatchCoordinator.Action] {
        state.withLock { state in
            let actions = body(&state)
            for case .submit(let batch) in actions { state.ready.append(batch) }
            return actions
        }
    }

    /// Several threads may be here at once, and the later decision may come first: what they set only grows.
    private func perform(_ actions: [BatchCoordinator.Action]) {
        for action in actions {
            switch action {
            case .askSpouts(let batch): ask(spouts: batch)
            case .askBolts(let batch):
                services.boltRequest.max(batch, ordering: .acquiringAndReleasing)
                for bolt in wiring.bolts { bolt.notify() }
            case .askLast(let batch):
                services.lastBatch.store(batch, ordering: .releasing)
                ask(spouts: batch)
            case .submit: submitReady()
            case .finish: state.withLock(wake: true) { $0.isFinished = true }
            }
        }
    }

    private func ask(spouts batch: UInt64) {
        services.spoutRequest.max(batch, ordering: .acquiringAndReleasing)
        for spout in wiring.spouts { spout.notify() }
    }

    /// A batch is complete. Two threads may come here at once with two batches: they are handed to the store in order all the same.
    private func submitReady() {
        submission.withLock { _ in
            while let batch = state.withLock({ $0.ready.isEmpty ? nil : $0.ready.removeFirst() }) { submit(batch) }
        }
    }

    private func submit(_ batch: UInt64) {
        let (parts, isFirst, carried) = state.withLock { state in
            state.submitted += 1
            defer { state.carried = BatchTotals() }
            return (state.parts.removeValue(forKey: batch) ?? [], !state.hasCommitted, state.carried)
        }
        let work = BatchCommit(
            batch: batch, attempt: services.attempt, guarantee: services.guarantee, audit: audit, isFirst: isFirst, carried: carried,
            parts: parts)
        if services.configuration.faults?(FaultPoint(place: .submission, batch: batch, attempt: services.attempt)) == true {
            fail(TopologyError(.injected, "A failure was injected at batch \(batch)."), component: topology.name, task: 0)
            return settle()
        }
        makeMistakes(before: work)
        guard !work.isEmpty else {
            // Its tasks count from here on anew: what they counted up to here goes with the next commit.
            state.withLock { $0.carried = work.totals }
            chain.skip(batch)
            perform(commitDone(batch))
            return settle()
        }
        state.withLock { $0.hasCommitted = true }
        let now = services.configuration.surroundings.now
        let start = now()
        services.submit(
            StoreWrite { [self] transaction in
                try chain.perform(batch) {
                    try work.perform(
                        in: &transaction, journal: services.journal, deadLetters: deadLetters, faults: services.configuration.faults)
                }
            } completion: { [self] result in
                switch result {
                case .success(let id): committed(batch, work, id, nanoseconds: now() &- start)
                case .failure where plants(.failedCommitCountsAsDone): committed(batch, work, services.store.transactionID, nanoseconds: 0)
                case .failure(let error):
                    chain.fail()
                    fail(error, component: "", task: 0)
                }
                settle()
            })
    }

    private func plants(_ bug: PlantedBug) -> Bool { services.store.configuration.has(bug) }

    /// What some planted bugs do when a batch is handed over.
    private func makeMistakes(before work: BatchCommit) {
        if plants(.acknowledgesAtSubmission) { acknowledge(work) }
        if plants(.stagedOutsideCommit) {
            for write in work.parts.flatMap(\.staged) { services.store.submit(StoreWrite(write) { _ in }) }
        }
    }

    private func settle() { state.withLock(wake: true) { $0.settled += 1 } }

    private func committed(_ batch: UInt64, _ work: BatchCommit, _ id: TransactionID, nanoseconds: UInt64) {
        services.journal.committed(id)
        statistics.committed(id, nanoseconds: nanoseconds, audited: work.auditedCount, deadLetters: work.letterCount)
        committedTuples.wrappingAdd(work.emitted, ordering: .relaxed)
        let limit = policy.withLock { policy in
            policy.committed(work.emitted, deadLetters: work.poison)
            return policy.plan.batchLimit
        }
        if services.isLimited {
            services.budget.store(limit ?? 1 << 40, ordering: .relaxed)
            for spout in services.spouts { spout.notify() }
        }
        if plants(.offsetsOutsideCommit) {
            let write = StoreWrite { transaction in
                for offset in work.parts.flatMap(\.offsets) {
                    try transaction.advance(offset.source, partition: offset.partition, to: offset.next, fingerprint: offset.fingerprint)
                }
            } completion: { _ in
            }
            services.store.submit(write)
        }
        acknowledge(work)
        perform(commitDone(batch))
    }

    /// Tells the spouts that their tuples are safe.
    private func acknowledge(_ work: BatchCommit) {
        for part in work.parts where part.owner >= 0 && (!part.offsets.isEmpty || part.emitted > 0) {
            services.spouts[part.owner].deliver(committed: part.offsets.map { ($0.partition, $0.next) }, tuples: part.emitted)
        }
    }

    private func commitDone(_ batch: UInt64) -> [BatchCoordinator.Action] {
        let activity = services.activity.load(ordering: .relaxed)
        let now = services.configuration.surroundings.now()
        return decide { $0.coordinator.committed(batch, now: now, activity: activity) }
    }
}
