import Logging
import Synchronization
import Weir
import WeirStore

/// What a spout's task is made from.
struct SpoutTaskSetup {
    let component: String
    let source: String
    let index: Int
    let parallelism: Int
    let streams: [StreamDeclaration]
    let services: TaskServices
    let emitter: UnsafeMutablePointer<Emitter>
    let isReplayable: Bool
    let partitions: [SourcePartition]
    /// Its position among the run's spout tasks.
    let owner: Int
    let seed: UInt64
    let lastBatch: UInt64
}

/// A spout's task: asks its partitions in turn for tuples, keeps account of what is under way, closes batches.
// Sendable: see RuntimeTask; `mail` is behind its mutex.
class SpoutTaskBase: RuntimeTask, @unchecked Sendable {
    let output: UnsafeMutablePointer<SpoutOutput>
    /// Set when the spout has nothing now: the supervisor asks again after a while.
    let isIdle = Atomic(false)
    let setup: SpoutTaskSetup
    let emitter: UnsafeMutablePointer<Emitter>
    let cursor: UnsafeMutablePointer<SourceCursor>
    var partitions: [SourcePartition]
    var letters: [(DeadLetter, BatchFailurePolicy.Origin)] = []
    /// Tuples emitted, those handed in with a batch, those that are committed.
    var emitted = 0
    var handedInTuples = 0
    var committedTuples = 0
    var replayed = 0
    var skipped = 0
    /// Where the spout is on its way to, to emit again what is there: the partition's position among the task's, and the offset.
    var target: (index: Int, offset: UInt64)?
    /// What the audit knows of since the last batch.
    var audit = SpoutAudit()
    private let mail = Mutex(SpoutMail())
    private let hasMail = Atomic(false)
    private var turn = 0
    private var handedIn: UInt64
    private var isPrepared = false
    private var hasEnded = false
    private var isClosed = false

    init(_ setup: SpoutTaskSetup) {
        self.setup = setup
        emitter = setup.emitter
        cursor = .allocate(capacity: 1)
        cursor.initialize(to: SourceCursor(emitter: setup.emitter, seed: setup.seed))
        output = .allocate(capacity: 1)
        output.initialize(to: SpoutOutput(setup.emitter.pointee.scratch, cursor))
        partitions = setup.partitions
        handedIn = setup.lastBatch
        super.init(component: setup.component, index: setup.index, depth: 0, services: setup.services)
    }

    deinit {
        output.deinitialize(count: 1)
        output.deallocate()
        cursor.deinitialize(count: 1)
        cursor.deallocate()
    }

    func callOpen(_ context: SpoutContext) throws {}
    func callSeek(_ partition: UInt32, _ offset: UInt64, _ fingerprint: [UInt8]) throws {}
    func callNext(_ partition: UInt32) throws -> SpoutStatus { .finished }
    func callFingerprint(_ partition: UInt32, _ offset: UInt64) throws -> [UInt8] { [] }
    func callAck(_ partition: UInt32, _ offset: UInt64) {}
    func callFail(_ partition: UInt32, _ range: Range<UInt64>) {}
    func callClose() {}

    /// A root was settled. Any thread.
    func deliver(settled root: UInt64, failed: Bool) {
        post { mail in
            if failed { mail.failed.append(root) } else { mail.processed.append(root) }
        }
    }

    /// A batch was committed: so many of this task's tuples, up to these offsets. Any thread.
    func deliver(committed offsets: [(partition: UInt32, next: UInt64)], tuples: Int) {
        post { mail in
            mail.committed += offsets
            mail.committedTuples += tuples
        }
    }

    private func post(_ body: (inout SpoutMail) -> Void) {
        mail.withLock { body(&$0) }
        hasMail.store(true, ordering: .sequentiallyConsistent)
        notify()
    }

    override func step() throws -> Outcome {
        if !isPrepared { try prepare() }
        guard sendPending() else { return .wait }
        try readMail()
        let request = services.spoutRequest.load(ordering: .acquiring)
        while handedIn < request { try handIn(handedIn + 1) }
        guard sendPending(), !isClosed else { return .wait }
        let outcome = try work()
        counters.emitted.store(emitted, ordering: .relaxed)
        counters.replayed.store(replayed, ordering: .relaxed)
        counters.skipped.store(skipped, ordering: .relaxed)
        counters.bytes.store(emitter.pointee.bytes, ordering: .relaxed)
        return sendPending() ? outcome : .wait
    }

    private func work() throws -> Outcome {
        let isStopping = services.isStopping.load(ordering: .relaxed)
        if !isStopping, try replay() { return .again }
        if !isStopping, let outcome = try retry() { return outcome }
        if isStopping || partitions.allSatisfy(\.isFinished) {
            let isOpen = partitions.contains { isStopping ? $0.window.hasPending : !$0.window.isSettled }
            if !isOpen, !hasEnded {
                hasEnded = true
                services.onSpoutEnded()
            }
            return .wait
        }
        guard pending < services.configuration.maximumPending else { return .wait }
        for _ in partitions.indices {
            let index = turn
            turn = turn + 1 == partitions.count ? 0 : turn + 1
            guard !partitions[index].isFinished else { continue }
            guard let budget = takeBudget() else { return .wait }
            let status = try emit(index, budget: budget)
            if status == .finished {
                partitions[index].isFinished = true
                return .again
            }
            if status == .emitted { return .again }
        }
        isIdle.store(true, ordering: .sequentiallyConsistent)
        return .wait
    }

    /// Tuples that are not settled yet: what `maximumPending` limits.
    private var pending: Int {
        switch services.guarantee {
        case .atMostOnce: 0
        case .atLeastOnce: partitions.reduce(0) { $0 + $1.window.tuples }
        case .exactlyOnce: emitted - committedTuples
        }
    }

    /// At-least-once: emits again what failed. True when there was something.
    private func replay() throws -> Bool {
        guard services.guarantee == .atLeastOnce else { return false }
        for index in partitions.indices {
            guard let replay = partitions[index].window.nextReplay else { continue }
            try emit(index, replaying: replay)
            return true
        }
        return false
    }

    /// Exactly-once: emits a tuple from the dead letters again. Nil when there is none.
    private func retry() throws -> Outcome? {
        guard let index = partitions.firstIndex(where: { !$0.retries.isEmpty }), let retry = partitions[index].retries.first else {
            return nil
        }
        guard let budget = takeBudget() else { return .wait }
        try emit(index, retrying: retry, budget: budget)
        return .again
    }

    private func takeBudget() -> Int? {
        guard services.isLimited else { return .max }
        var available = services.budget.load(ordering: .sequentiallyConsistent)
        while true {
            if available <= 0 {
                // Said before the second look, lest what is given back in between be missed.
                services.isBudgetAwaited.store(true, ordering: .sequentiallyConsistent)
                available = services.budget.load(ordering: .sequentiallyConsistent)
                guard available > 0 else { return nil }
            }
            let wanted = min(available, 1024)
            let (exchanged, original) = services.budget.compareExchange(
                expected: available, desired: available - wanted, ordering: .sequentiallyConsistent)
            if exchanged { return wanted }
            available = original
        }
    }

    /// Returns what was taken of the budget and not used. Others may have found nothing left and wait: no commit will wake them when this spout had
    /// nothing to emit. Only then are they woken: two idle spouts would wake each other for ever.
    final func giveBack(_ rest: Int) {
        guard rest > 0 else { return }
        services.budget.wrappingAdd(rest, ordering: .sequentiallyConsistent)
        guard services.isBudgetAwaited.exchange(false, ordering: .sequentiallyConsistent) else { return }
        for spout in services.spouts where spout !== self { spout.notify() }
    }

    private func readMail() throws {
        guard hasMail.exchange(false, ordering: .sequentiallyConsistent) else { return }
        let taken = mail.withLock { mail in
            defer { mail = SpoutMail() }
            return mail
        }
        for root in taken.processed {
            for index in partitions.indices { partitions[index].window.processed(root) }
        }
        for root in taken.failed {
            if plants(.failedTupleCountsAsProcessed) {
                for index in partitions.indices { partitions[index].window.processed(root) }
                continue
            }
            for index in partitions.indices {
                if let range = partitions[index].window.failed(root) { callFail(partitions[index].number, range) }
            }
        }
        if !taken.processed.isEmpty || !taken.failed.isEmpty { services.noteActivity() }
        committedTuples += taken.committedTuples
        for commit in taken.committed { callAck(commit.partition, commit.next) }
        if plants(.batchesShareOffsets) { for commit in taken.committed { try goBack(commit.partition, to: commit.next) } }
    }

    private func plants(_ bug: PlantedBug) -> Bool { services.store.configuration.has(bug) }

    /// What some planted bugs do.
    private func goBack(_ partition: UInt32, to offset: UInt64) throws {
        guard let index = partitions.firstIndex(where: { $0.number == partition }) else { return }
        partitions[index].position = offset
        partitions[index].isFinished = false
        target = nil
        try callSeek(partition, offset, [])
    }

    override func prepare() throws {
        isPrepared = true
        var logger = services.configuration.logger
        logger[metadataKey: "component"] = "\(component)"
        logger[metadataKey: "task"] = "\(index)"
        do {
            try callOpen(
                SpoutContext(
                    component: component, task: index, parallelism: setup.parallelism, attempt: services.attempt,
                    partitions: partitions.map(\.number), logger: logger, streams: setup.streams))
            guard setup.isReplayable else { return }
            for partition in partitions { try callSeek(partition.number, partition.position, partition.fingerprint) }
        } catch {
            throw SetupFailure(cause: error)
        }
    }

    /// The batch ends here: hands in how far its partitions are, and sends the marker when the batch is an aligned one.
    private func handIn(_ batch: UInt64) throws {
        handedIn = batch
        let isLast = batch == services.lastBatch.load(ordering: .acquiring)
        var part = Contribution()
        part.owner = setup.owner
        part.emitted = emitted - handedInTuples
        handedInTuples = emitted
        part.audit = (setup.source, audit.close(emitter.pointee, partitions, letters: letters.count, skipped: skipped, services.guarantee))
        part.sent = audit.rows
        part.letters = letters.map(\.0)
        part.poison = letters.map(\.1)
        letters = []
        part.staged = emitter.pointee.staged
        emitter.pointee.staged = []
        if setup.isReplayable {
            for index in partitions.indices {
                let next = services.guarantee == .atLeastOnce ? partitions[index].window.watermark : partitions[index].position
                guard next != partitions[index].committed else { continue }
                partitions[index].committed = next
                let number = partitions[index].number
                part.offsets.append(
                    .init(source: setup.source, partition: number, next: next, fingerprint: try callFingerprint(number, next)))
                services.watermarks[partitions[index].source].offset.store(next, ordering: .relaxed)
            }
        }
        if services.guarantee == .exactlyOnce || isLast { emitter.pointee.send(marker: batch) }
        if isLast {
            isClosed = true
            callClose()
        }
        services.onHandIn(batch, part)
        if plants(.firstBatchTwice), batch == setup.lastBatch + 1 {
            for partition in setup.partitions { try goBack(partition.number, to: partition.position) }
        }
    }

    private func sendPending() -> Bool {
        guard hasPendingOutput else { return true }
        hasPendingOutput = !emitter.pointee.sendPending()
        return !hasPendingOutput
    }
}
