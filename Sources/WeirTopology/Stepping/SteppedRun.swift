import Synchronization
package import WeirStore

/// A run of a topology by its caller's hand, without threads: tasks, channels, coordinator and commits are those of every run, but the caller says which
/// task runs next, when time is looked at, when batches are handed to the store, and when the tasks hear of it. What the caller decides is all that
/// decides: the same decisions on equal stores are the same run.
///
/// Belongs to one thread, which it blocks for the store's commits.
package final class SteppedRun {
    /// A task that can run.
    package struct Runnable: Hashable, Sendable {
        package let component: String
        package let task: Int
    }

    private let run: TopologyRun
    private var history: RunHistory
    private var attempt: Attempt
    private var schedule: Schedule
    /// Batches that are complete and not yet handed to the store.
    private let outbox = Outbox()
    /// What became of those that were, and the tasks have not heard of yet.
    private var outcomes: [(write: StoreWrite, result: Result<TransactionID, any Error>)] = []
    private var isTornDown = false
    /// Whether the run came to its end, or gave up.
    private var hasEnded = false

    private final class Outbox {
        var writes: [StoreWrite] = []
    }

    /// Checks everything and makes the first attempt, from what the store holds.
    package init(_ topology: Topology, on store: Store, guarantee: Guarantee, configuration: TopologyConfiguration) throws {
        run = try TopologyRun(topology, store, guarantee, configuration)
        history = try RunHistory(topology, store, configuration)
        attempt = try run.makeAttempt(&history)
        schedule = attempt.makeSchedule()
        adopt()
    }

    private func adopt() {
        attempt.services.submit = { [outbox] in outbox.writes.append($0) }
        isTornDown = false
        attempt.begin()
    }

    /// The tasks that can run now, in the order in which threads would take them.
    package var runnable: [Runnable] {
        // As threads do: once the attempt has ended, no task begins another step.
        guard !isTornDown, attempt.ending == nil else { return [] }
        return attempt.services.queue.waiting.map { Runnable(component: $0.component, task: $0.index) }
    }

    /// Runs one of them, by its position.
    package func step(_ position: Int) { attempt.services.queue.take(position)?.run() }

    /// Looks at the time: closes a batch and does what else is due. Returns when something will be due next.
    @discardableResult
    package func turn() -> UInt64 { isTornDown ? .max : attempt.turn(&schedule, run.configuration.surroundings.now()) }

    /// Has spouts that had nothing look again.
    package func wakeSpouts() {
        guard !isTornDown else { return }
        for spout in attempt.services.spouts {
            spout.isIdle.store(false, ordering: .sequentiallyConsistent)
            spout.notify()
        }
    }

    /// Batches that are complete and not yet handed to the store.
    package var waitingCommits: Int { outbox.writes.count }

    /// Hands the first of them to the store, as one group, and waits until they are durable or were refused. The tasks do not hear of it yet.
    ///
    /// `willWrite` is called in the store's transaction, before each, with its position.
    @discardableResult
    package func commit(
        _ count: Int, willWrite: @escaping @Sendable (Int) -> Void = { _ in }
    ) -> [Result<TransactionID, any Error>] {
        let writes = Array(outbox.writes.prefix(count))
        outbox.writes.removeFirst(writes.count)
        guard !writes.isEmpty else { return [] }
        let results = Monitor<[Int: Result<TransactionID, any Error>]>([:])
        run.store.submit(
            writes.enumerated().map { index, write in
                StoreWrite { transaction in
                    willWrite(index)
                    try write.work(&transaction)
                } completion: { result in
                    results.withLock(wake: true) { $0[index] = result }
                }
            })
        let done = results.wait { $0.count == writes.count ? $0 : nil } ?? [:]
        for (index, write) in writes.enumerated() {
            if let result = done[index] { outcomes.append((write, result)) }
        }
        return writes.indices.compactMap { done[$0] }
    }

    /// Batches whose outcome the tasks have not heard of.
    package var unacknowledgedCommits: Int { outcomes.count }

    /// Tells the tasks what became of the first of these.
    package func acknowledge() {
        guard !outcomes.isEmpty else { return }
        let (write, result) = outcomes.removeFirst()
        write.completion(result)
    }

    /// Whether this attempt has ended, and it is known what became of every batch that it handed over: `conclude` is due.
    package var isOver: Bool {
        if isTornDown { return !hasEnded }
        return attempt.ending != nil && outbox.writes.isEmpty && outcomes.isEmpty
    }

    /// Ends an attempt that is over, and begins another one: later, where the store does not let it begin now, and `isOver` stays true. Returns whether
    /// the run goes on. Throws when it gives up; then it has ended, too.
    package func conclude() throws -> Bool {
        guard isOver else { return !hasEnded }
        do {
            if !isTornDown, let ending = attempt.ending {
                let remains = run.collect(attempt, &history)
                isTornDown = true
                hasEnded = try !run.goesOn(ending, remains, &history)
            }
            guard !hasEnded, let next = try run.nextAttempt(&history) else { return !hasEnded }
            attempt = next
        } catch {
            hasEnded = true
            throw error
        }
        schedule = attempt.makeSchedule()
        adopt()
        return true
    }

    /// Forgets everything that is not in the store, as the end of the process would.
    package func abandon() {
        outbox.writes = []
        outcomes = []
        if !isTornDown { attempt.tearDown() }
        isTornDown = true
        hasEnded = true
    }
}
