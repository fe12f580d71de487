import Synchronization
import Weir
import WeirStore

/// What a batch comes to: its tuples, and what each source's account gets.
struct BatchTotals {
    var emitted = 0
    var changes: [String: AuditAccount] = [:]

    /// Adds what a task did.
    mutating func add(_ part: Contribution) {
        emitted += part.emitted
        guard let (source, change) = part.audit else { return }
        var sum = changes[source] ?? AuditAccount()
        // Each task has its own in flight.
        let inFlight = sum.inFlight + change.inFlight
        sum += change
        sum.inFlight = inFlight
        changes[source] = sum
    }
}

/// Everything that a batch did: what becomes one commit.
// Sendable: its tasks have handed it over and keep nothing of it.
struct BatchCommit: @unchecked Sendable {
    let batch: UInt64
    let attempt: Int
    let guarantee: Guarantee.Kind
    let audit: AuditLedger
    /// Whether it is the first commit of its attempt: what the one before had in flight has gone back to its source.
    let isFirst: Bool
    /// With what was carried over. What was in flight in those batches is settled, or in flight in this one, too.
    let totals: BatchTotals
    let parts: [Contribution]

    /// - Parameter carried: what the batches before it brought that had nothing to commit.
    init(
        batch: UInt64, attempt: Int, guarantee: Guarantee.Kind, audit: AuditLedger, isFirst: Bool, carried: BatchTotals = BatchTotals(),
        parts: [Contribution]
    ) {
        (self.batch, self.attempt, self.guarantee, self.audit) = (batch, attempt, guarantee, audit)
        (self.isFirst, self.parts) = (isFirst, parts)
        var totals = carried
        for source in carried.changes.keys { totals.changes[source]?.inFlight = 0 }
        for part in parts { totals.add(part) }
        self.totals = totals
    }

    var emitted: Int { totals.emitted }
    var letterCount: Int { parts.reduce(0) { $0 + $1.letters.count } }
    /// Tuples whose end the audit has seen.
    var auditedCount: UInt64 {
        totals.changes.values.reduce(0) { $0 &+ $1.committed &+ $1.deadLettered }
    }
    var poison: [BatchFailurePolicy.Origin] { parts.flatMap(\.poison) }

    /// Whether there is nothing to commit.
    var isEmpty: Bool {
        parts.allSatisfy { $0.offsets.isEmpty && $0.staged.isEmpty && $0.letters.isEmpty && ($0.fragment?.isEmpty ?? true) }
    }

    func perform(
        in transaction: inout WriteTransaction, journal: StateJournal, deadLetters: DeadLetters, faults: (@Sendable (FaultPoint) -> Bool)?
    ) throws {
        try checkConservation()
        try journal.commit(parts.compactMap(\.fragment), in: &transaction)
        // Before the letters are put: a first account begins with those that are there.
        try book(with: deadLetters, in: &transaction)
        for part in parts {
            for offset in part.offsets where !transaction.has(.offsetsOutsideCommit) {
                try transaction.advance(offset.source, partition: offset.partition, to: offset.next, fingerprint: offset.fingerprint)
            }
            for write in part.staged where !transaction.has(.stagedOutsideCommit) { try write(&transaction) }
            for letter in part.letters { try deadLetters.put(letter, in: &transaction) }
        }
        if faults?(FaultPoint(place: .commit, batch: batch, attempt: attempt)) == true {
            throw TopologyError(.injected, "A rollback was injected into the commit of batch \(batch).")
        }
    }

    /// Markers part one batch's rows from the next one's on every channel: each row that was sent in this batch was executed in it.
    private func checkConservation() throws {
        guard guarantee == .exactlyOnce else { return }
        let (sent, executed) = parts.reduce((0, 0)) { ($0.0 + $1.sent, $0.1 + $1.executed) }
        guard sent == executed else {
            throw TopologyError(
                .unbalanced,
                "In batch \(batch), \(sent) rows were sent from task to task, and \(executed) executed: it is not committed, and will be replayed."
            )
        }
    }

    private func book(with deadLetters: DeadLetters, in transaction: inout WriteTransaction) throws {
        guard guarantee != .atMostOnce else { return }
        for (source, change) in totals.changes {
            try audit.book(change, of: source, anew: isFirst, in: &transaction) { try audit.beginning(with: deadLetters, in: $0) }
        }
    }
}

/// Sees to it that no batch is committed after one that failed: a later one holds offsets that cover the earlier.
final class CommitChain: Sendable {
    private struct State {
        var next: UInt64
        /// Batches that had nothing to commit, and came before their turn.
        var skipped: Set<UInt64> = []
        var isBroken = false

        mutating func done(_ batch: UInt64) {
            skipped.insert(batch)
            while skipped.remove(next) != nil { next += 1 }
        }
    }

    private let state: Mutex<State>

    init(next: UInt64) { state = Mutex(State(next: next)) }

    /// Runs a batch's commit, if all before it went well.
    func perform(_ batch: UInt64, _ body: () throws -> Void) throws {
        let isNext = state.withLock { !$0.isBroken && $0.next == batch }
        guard isNext else { throw TopologyError(.commitFailed, "Batch \(batch) cannot be committed, since one before it was not.") }
        do { try body() } catch {
            fail()
            throw error
        }
        state.withLock { $0.done(batch) }
    }

    /// A batch had nothing to commit.
    func skip(_ batch: UInt64) { state.withLock { $0.done(batch) } }

    func fail() { state.withLock { $0.isBroken = true } }
}
