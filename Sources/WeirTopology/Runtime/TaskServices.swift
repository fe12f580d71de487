import Logging
import Synchronization
import Weir
import WeirStore

/// What the tasks of one attempt share.
// Sendable: `onFailure`, `onHandIn`, `onActivity` and `submit` are set before the first thread starts; the rest is immutable or atomic.
final class TaskServices: @unchecked Sendable {
    let guarantee: Guarantee.Kind
    let configuration: TopologyConfiguration
    let queue: RunQueue
    let pool: ArenaPool
    let ackers: AckerPool
    let attempt: Int
    let store: Store
    let journal: StateJournal
    /// The last batch that spout tasks, bolt tasks were asked for, and the one after which there is nothing.
    let spoutRequest = Atomic<UInt64>(0)
    let boltRequest = Atomic<UInt64>(0)
    let lastBatch = Atomic<UInt64>(.max)
    let isStopping = Atomic(false)
    /// Tuples that may be emitted in the batch that is open, when batches are limited.
    let budget: Atomic<Int>
    /// A spout found no budget left and waits for some.
    let isBudgetAwaited = Atomic(false)
    let isLimited: Bool
    let poison: Set<BatchFailurePolicy.Origin>
    /// Below these offsets everything is processed: one per partition of the run.
    let watermarks: [Watermark]
    /// What there is to commit: grows with it.
    let activity = Atomic<UInt64>(0)
    /// The supervisor waits for activity.
    let isQuiet = Atomic(true)
    var onFailure: (any Error, RuntimeTask) -> Void = { _, _ in }
    var onHandIn: (UInt64, Contribution) -> Void = { _, _ in }
    var onActivity: () -> Void = {}
    var onSpoutEnded: () -> Void = {}
    /// Hands a batch's commit over. The completion may come on any thread.
    var submit: (StoreWrite) -> Void
    var spouts: [SpoutTaskBase] = []
    /// In limited batches: the last tuple that was emitted.
    let lastOrigin = Mutex<BatchFailurePolicy.Origin?>(nil)
    /// Why a tuple goes to the dead letters: who could not process it, and what it said.
    let lastFailure = Mutex<(component: String, reason: String)>(("", ""))

    final class Watermark: Sendable {
        let offset: Atomic<UInt64>
        let component: String
        let partition: UInt32
        init(component: String, partition: UInt32, offset: UInt64) {
            self.component = component
            self.partition = partition
            self.offset = Atomic(offset)
        }
    }

    init(
        guarantee: Guarantee.Kind, configuration: TopologyConfiguration, depths: Int, ackers: AckerPool, attempt: Int, store: Store,
        journal: StateJournal, plan: BatchFailurePolicy.Plan, watermarks: [Watermark]
    ) {
        self.guarantee = guarantee
        self.configuration = configuration
        self.ackers = ackers
        self.attempt = attempt
        self.store = store
        self.journal = journal
        self.watermarks = watermarks
        submit = { store.submit($0) }
        queue = RunQueue(depths: depths)
        pool = ArenaPool(arenaBytes: configuration.arenaBytes)
        budget = Atomic(plan.batchLimit ?? 0)
        isLimited = plan.batchLimit != nil
        poison = plan.poison
    }

    /// Tells the ackers what a task consumed and made, and the spouts what came of it.
    func report(_ tracking: inout Tracking) {
        // Failures first: the edge of a failed tuple is among the dues, and would settle its root as processed.
        for root in tracking.failed {
            if let failed = ackers.fail(root) { spouts[failed.owner].deliver(settled: root, failed: true) }
        }
        tracking.failed.removeAll(keepingCapacity: true)
        guard !tracking.dues.isEmpty else { return }
        ackers.report(tracking.dues) { spouts[$0.owner].deliver(settled: $0.root, failed: false) }
        tracking.dues.removeAll(keepingCapacity: true)
    }

    func fail(_ error: any Error, in task: RuntimeTask) { onFailure(error, task) }

    /// There is something to commit.
    func noteActivity() {
        activity.wrappingAdd(1, ordering: .sequentiallyConsistent)
        if isQuiet.load(ordering: .sequentiallyConsistent), isQuiet.exchange(false, ordering: .sequentiallyConsistent) { onActivity() }
    }
}

/// A write that a bolt staged.
typealias StagedWrite = @Sendable (inout WriteTransaction) throws -> Void

/// One task's part of a batch.
struct Contribution {
    struct Offset {
        let source: String
        let partition: UInt32
        let next: UInt64
        let fingerprint: [UInt8]
    }

    var fragment: JournalFragment?
    var offsets: [Offset] = []
    var staged: [StagedWrite] = []
    var letters: [DeadLetter] = []
    /// The tuples of `letters`.
    var poison: [BatchFailurePolicy.Origin] = []
    /// Which spout task, to tell it of the commit; -1: a bolt's.
    var owner = -1
    /// Tuples that spouts emitted in this batch.
    var emitted = 0
    /// A spout's part of the audit, and the source that it concerns.
    var audit: (source: String, change: AuditAccount)?
    /// Rows that the task sent to others in this batch, and rows that it executed.
    var sent = 0
    var executed = 0
}
