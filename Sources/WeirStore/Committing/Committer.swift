import LMDB
import Synchronization

/// The one thread that writes. Takes whatever writes are waiting, runs them in one LMDB transaction, commits, and tells each caller.
///
/// LMDB binds a write transaction to its thread, and its flush blocks: hence a thread of our own. The flush of one group is the time in which
/// the next one gathers.
final class Committer {
    let engine: Engine
    /// Nil while it could not be reopened.
    var environment: Environment?
    /// Opened with the environment; nil when it could not be: then every failed commit counts as one that lost something.
    var witness: WritebackWitness?
    let account: WriteAccount
    let lock: WriterLock
    /// Why the environment is to be reopened before anything else.
    var broken: StoreError?
    private var lastHousekeeping = ContinuousClock.now
    private var foreignReads = ForeignReads()
    private var published: LiveStatistics?

    init(_ engine: Engine, _ environment: Environment, _ lock: consuming WriterLock) {
        self.engine = engine
        self.environment = environment
        self.lock = lock
        witness = try? WritebackWitness(engine.folder.data)
        account = WriteAccount(configuration: engine.configuration, thread: .current)
    }

    /// Runs until the queue is stopped and empty; then closes the files.
    func run() {
        engine.committerThread.withLock { $0 = .current }
        while true {
            let next: (group: [WriteJob], stop: Bool)? = engine.queue.wait(for: .seconds(1)) { queue in
                let group = queue.nextGroup()
                return group.isEmpty && !queue.isStopped ? nil : (group, queue.isStopped)
            }
            if let group = next?.group, !group.isEmpty { commit(group) } else if next?.stop == true { break }
            housekeeping()
        }
        engine.gate.close { engine.reportClosing($0) }
        engine.gate.shut(StoreError(.closed, "The store at \(engine.folder.path) is closed: open it again."))
        environment?.close()
    }

    private func commit(_ group: [WriteJob]) {
        var waiting = group[...]
        while !waiting.isEmpty { waiting = waiting.dropFirst(commitPrefix(waiting)) }
    }

    /// Commits the first of the waiting writes, as many as one transaction should hold, and tells their callers. Returns how many they were.
    private func commitPrefix(_ waiting: ArraySlice<WriteJob>) -> Int {
        let began = ContinuousClock.now
        let before = engine.committed.load(ordering: .relaxed)
        var outcomes: [Result<Void, any Error>] = []
        if engine.configuration.has(.acknowledgesBeforeFlush) { return acknowledgeThenCommit(waiting) }
        do {
            let id = try commit(waiting, &outcomes)
            let failed = outcomes.count { if case .failure = $0 { true } else { false } }
            engine.statistics.ran(outcomes.count, failed: failed, committedIn: id.rawValue > before ? .now - began : nil)
            for (job, outcome) in zip(waiting, outcomes) { job.complete(outcome.map { id }) }
        } catch {
            // Before any of them ran (there was no transaction to be had), all of them fail: the next group tries again.
            if outcomes.isEmpty { outcomes = waiting.map { _ in .failure(error) } }
            engine.statistics.failedCommits.add(1, ordering: .relaxed)
            engine.report(.commitFailed, "A commit of \(outcomes.count) writes failed: \(error)")
            for (job, outcome) in zip(waiting, outcomes) {
                // A caller whose own write threw gets its own error.
                if case .failure(let own) = outcome { job.complete(.failure(own)) } else { job.complete(.failure(error)) }
            }
        }
        return outcomes.count
    }

    /// The mistake of that name: the callers go on as if all were well, whatever comes of it.
    private func acknowledgeThenCommit(_ waiting: ArraySlice<WriteJob>) -> Int {
        let id = TransactionID(rawValue: engine.committed.load(ordering: .relaxed)).next
        let told = waiting.map { job in
            WriteJob(
                perform: { transaction in
                    try job.perform(&transaction)
                    job.complete(.success(id))
                }, complete: { if case .failure(let error) = $0, !(error is StoreError) { job.complete(.failure(error)) } })
        }
        var outcomes: [Result<Void, any Error>] = []
        _ = try? commit(told[...], &outcomes)
        for (job, outcome) in zip(told, outcomes) { job.complete(outcome.map { id }) }
        return waiting.count
    }

    /// Once a second: frees the slots of dead readers, names the readers that are held too long, and says how it goes.
    private func housekeeping() {
        let now = ContinuousClock.now
        guard now - lastHousekeeping >= .seconds(1), let environment else { return }
        lastHousekeeping = now
        if let dead = try? environment.clearStaleReaders(), dead > 0 {
            engine.report(.staleReadersCleared, "Freed \(dead) reader slots whose process had died.")
        }
        for holder in engine.gate.newlyLong(engine.configuration.longReadAfter) {
            engine.report(
                .longRead,
                "The read begun at \(holder.place) has been held for \(now - holder.since): the file grows until it ends. Read in shorter scopes."
            )
        }
        nameForeignReads(environment, now)
        let live = engine.liveStatistics
        if live != published { engine.publish(live) }
        published = live
    }

    private func nameForeignReads(_ environment: Environment, _ now: ContinuousClock.Instant) {
        guard let newest = try? environment.information().transactionID else { return }
        let readers = StoreStatistics.Reader.all(environment.readerTable(), newest: newest)
        let age = engine.configuration.longReadAfter
        for holder in foreignReads.newlyLong(readers, besides: SystemFiles.processID, age: age, now: now) {
            engine.report(
                .longRead,
                """
                Process \(holder.process) has held one snapshot for at least \(holder.age), \(holder.commitsBehind) commits behind: \
                the file grows until it ends. Read in shorter scopes there.
                """)
        }
    }
}

extension Engine {
    func reportClosing(_ holders: [ReadGate.Holder]) {
        let places = holders.prefix(3).map(\.place).joined(separator: ", ")
        report(.longRead, "\(holders.count) reads must end before the environment can be closed; begun at \(places).")
    }
}
