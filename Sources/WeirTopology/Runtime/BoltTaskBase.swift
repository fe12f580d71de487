import Logging
import Synchronization
import Weir
import WeirStore

/// What a bolt's task is made from.
struct BoltTaskSetup {
    let component: String
    let index: Int
    let parallelism: Int
    let depth: Int
    let streams: [StreamDeclaration]
    let services: TaskServices
    let emitter: UnsafeMutablePointer<Emitter>
    let isDeduplicating: Bool
    let lastBatch: UInt64
}

/// A bolt's task: takes arenas in, aligns markers, hands in its part of each batch.
// Sendable: see RuntimeTask.
class BoltTaskBase: RuntimeTask, @unchecked Sendable {
    let emitter: UnsafeMutablePointer<Emitter>
    let output: UnsafeMutablePointer<Output>
    var inputs: [Channel] = []
    let isTickDue = Atomic(false)
    private let setup: BoltTaskSetup
    private let states: TaskStates
    private var alignment = MarkerAlignment(channels: 0)
    private var origins: OriginLedger?
    private var turn = 0
    private var captured: UInt64
    private var isPrepared = false
    private var executed = 0
    /// What had been sent and executed when the last batch ended.
    private var sentBefore = 0
    private var executedBefore = 0
    private var failed = 0
    private var skipped = 0

    /// Arenas that a step takes before others get their turn.
    private static let arenasPerStep = 4

    init(_ setup: BoltTaskSetup) {
        self.setup = setup
        emitter = setup.emitter
        output = .allocate(capacity: 1)
        output.initialize(to: Output(setup.emitter))
        states = TaskStates(journal: setup.services.journal, task: setup.index)
        captured = setup.lastBatch
        super.init(component: setup.component, index: setup.index, depth: setup.depth, services: setup.services)
    }

    deinit {
        output.deinitialize(count: 1)
        output.deallocate()
    }

    func callPrepare(_ context: BoltContext) throws {}
    func callTick() throws {}
    func callFinishBatch() throws {}
    func callCleanup() {}
    /// Both return how many rows they found.
    func execute(_ arena: UnsafeMutablePointer<Arena>, _ shape: UnsafePointer<StreamShape>) throws -> Int { 0 }
    func executeTracked(_ arena: UnsafeMutablePointer<Arena>, _ shape: UnsafePointer<StreamShape>) throws -> Int { 0 }

    override func step() throws -> Outcome {
        if !isPrepared { try prepare() }
        guard sendPending() else { return .wait }
        let request = services.boltRequest.load(ordering: .acquiring)
        if request > captured { try handIn(request) }
        if isTickDue.exchange(false, ordering: .acquiring) { try tick() }
        let mayHaveMore = try takeInput()
        emitter.pointee.flush()
        publish()
        // Also when output is pending: this asks the consumer to wake this task.
        guard sendPending() else { return .wait }
        return mayHaveMore ? .again : .wait
    }

    /// Takes some arenas; true when there may be more.
    private func takeInput() throws -> Bool {
        var left = Self.arenasPerStep
        var empty = 0
        while empty < inputs.count {
            if left == 0 || hasPendingOutput { return true }
            let channel = inputs[turn]
            let position = turn
            turn = turn + 1 == inputs.count ? 0 : turn + 1
            guard !alignment.isBlocked(position), let word = channel.receive() else {
                empty += 1
                continue
            }
            empty = 0
            if word & 1 == 1 {
                if alignment.received(UInt64(word >> 1), on: position) { try passMarker(alignment.aligned) }
            } else if let arena = UnsafeMutablePointer<Arena>(bitPattern: word) {
                left -= 1
                try process(arena, channel.shape)
            }
        }
        return false
    }

    private func process(_ arena: UnsafeMutablePointer<Arena>, _ shape: UnsafePointer<StreamShape>) throws {
        defer { services.pool.give(arena) }
        guard emitter.pointee.traceSize > 0 else {
            executed += try execute(arena, shape)
            return
        }
        executed += try executeTracked(arena, shape)
        emitter.pointee.trace = Trace()
        for index in 0..<arena.pointee.anchorCount {
            let anchor = arena.pointee.anchors![index]
            emitter.pointee.tracking.owe(anchor.root, anchor.edge)
        }
        services.report(&emitter.pointee.tracking)
    }

    /// From here on, rows descend from the roots of this anchor.
    final func beginRoots(of index: UInt32, in arena: UnsafeMutablePointer<Arena>) {
        guard index != .max else {
            emitter.pointee.trace = Trace()
            return
        }
        let anchor = arena.pointee.anchors![Int(index)]
        emitter.pointee.trace.root = anchor.root
        emitter.pointee.trace.source = anchor.source
        if !emitter.pointee.trace.further.isEmpty { emitter.pointee.trace.further = [] }
        var next = anchor.next
        while next != .max {
            let further = arena.pointee.anchors![Int(next)]
            emitter.pointee.trace.further.append((further.root, further.source))
            next = further.next
        }
    }

    /// Reads the row's origin; true when the bolt has processed it before.
    final func beginOrigin(_ row: UnsafeRawPointer) throws -> Bool {
        let start = RowLayout.lengthSize + Trace.anchorSize
        let offset = UInt64(littleEndian: row.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        let path = UInt64(littleEndian: row.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
        emitter.pointee.trace.begin(offset: offset, path: path)
        guard origins != nil, emitter.pointee.trace.root != 0 else { return false }
        let source = emitter.pointee.trace.source
        if try origins!.admit(OriginFilter.Origin(source: source, offset: offset, path: path)) { return false }
        skipped += 1
        return true
    }

    /// A tuple could not be processed: what that means depends on the guarantee.
    final func rowFailed(_ error: any Error) throws {
        guard let failure = TupleFailure(error) else { throw error }
        failed += 1
        switch services.guarantee {
        case .exactlyOnce: throw failure
        case .atLeastOnce:
            let trace = emitter.pointee.trace
            emitter.pointee.failure = nil
            services.lastFailure.withLock { $0 = (component, "\(error)") }
            if let origins, trace.root != 0 {
                self.origins = nil
                var changed = origins
                try changed.forget(OriginFilter.Origin(source: trace.source, offset: trace.offset, path: trace.path))
                self.origins = changed
            }
            if trace.root != 0 { emitter.pointee.tracking.failed.append(trace.root) }
            for further in trace.further { emitter.pointee.tracking.failed.append(further.root) }
            services.configuration.logger.debug("A tuple failed", metadata: ["component": "\(component)", "error": "\(error)"])
        case .atMostOnce:
            emitter.pointee.failure = nil
            services.configuration.logger.debug("A tuple was dropped", metadata: ["component": "\(component)", "error": "\(error)"])
        }
    }

    override func prepare() throws {
        isPrepared = true
        alignment = MarkerAlignment(channels: inputs.count, isLax: services.store.configuration.has(.markerNotAwaited))
        var logger = services.configuration.logger
        logger[metadataKey: "component"] = "\(component)"
        logger[metadataKey: "task"] = "\(index)"
        do {
            try callPrepare(
                BoltContext(
                    component: component, task: index, parallelism: setup.parallelism, attempt: services.attempt, store: services.store,
                    logger: logger, streams: setup.streams, states: states))
            if setup.isDeduplicating, emitter.pointee.traceSize == Trace.originSize {
                origins = try OriginLedger(states.state(named: "\(component).origins"), services)
            }
        } catch {
            throw SetupFailure(cause: error)
        }
    }

    private func tick() throws {
        try callTick()
        try emitter.pointee.throwFailure()
        services.report(&emitter.pointee.tracking)
        services.noteActivity()
    }

    private func passMarker(_ batch: UInt64) throws {
        try handIn(batch)
        emitter.pointee.send(marker: batch)
        if batch == services.lastBatch.load(ordering: .acquiring) { callCleanup() }
    }

    /// The batch ends here: captures the state and hands it in.
    private func handIn(_ batch: UInt64) throws {
        captured = batch
        do {
            try callFinishBatch()
            try emitter.pointee.throwFailure()
        } catch {
            throw TupleFailure(error) ?? error
        }
        services.report(&emitter.pointee.tracking)
        if services.guarantee == .exactlyOnce, emitter.pointee.held.count > 0 {
            throw TopologyError(
                .heldAcrossBatch,
                "\"\(component)\" holds \(emitter.pointee.held.count) tuples when batch \(batch) ends: acknowledge them in finishBatch, and keep "
                    + "what lives longer in the keyed state.")
        }
        try origins?.prune()
        var part = Contribution()
        part.fragment = states.capture()
        part.sent = emitter.pointee.sent - sentBefore
        part.executed = executed - executedBefore
        (sentBefore, executedBefore) = (emitter.pointee.sent, executed)
        part.staged = emitter.pointee.staged
        emitter.pointee.staged = []
        publish()
        services.onHandIn(batch, part)
    }

    /// Sends what did not fit; false when something is left, and its consumer will wake this task.
    private func sendPending() -> Bool {
        guard hasPendingOutput else { return true }
        hasPendingOutput = !emitter.pointee.sendPending()
        return !hasPendingOutput
    }

    private func publish() {
        counters.emitted.store(emitter.pointee.emitted, ordering: .relaxed)
        counters.bytes.store(emitter.pointee.bytes, ordering: .relaxed)
        counters.executed.store(executed, ordering: .relaxed)
        counters.failed.store(failed, ordering: .relaxed)
        counters.skipped.store(skipped, ordering: .relaxed)
    }
}

extension Emitter {
    /// Sends what is pending on every lane; false when something is left.
    func sendPending() -> Bool {
        var isDone = true
        forEachRoute { route in
            for index in 0..<route.pointee.count {
                let sent = route.pointee.lanes[index].channel._withUnsafeGuaranteedRef { !$0.hasPending || $0.sendPending() }
                if !sent { isDone = false }
            }
        }
        return isDone
    }
}
