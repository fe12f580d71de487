import Synchronization
import Weir
import WeirStore

/// Everything that a batch did: what becomes one commit.
// Sendable: its tasks have handed it over and keep nothing of it.
struct BatchCommit: @unchecked Sendable {
    let batch: UInt64
    let attempt: Int
    let parts: [Contribution]

    var emitted: Int { parts.reduce(0) { $0 + $1.emitted } }
    var letterCount: Int { parts.reduce(0) { $0 + $1.letters.count } }
    var poison: [BatchFailurePolicy.Origin] { parts.flatMap(\.poison) }

    /// Whether there is nothing to commit.
    var isEmpty: Bool {
        parts.allSatisfy { $0.offsets.isEmpty && $0.staged.isEmpty && $0.letters.isEmpty && ($0.fragment?.isEmpty ?? true) }
    }

    func perform(
        in transaction: inout WriteTransaction, journal: StateJournal, deadLetters: DeadLetters, faults: (@Sendable (FaultPoint) -> Bool)?
    ) throws {
        try journal.commit(parts.compactMap(\.fragment), in: &transaction)
        for part in parts {
            for offset in part.offsets {
                try transaction.advance(offset.source, partition: offset.partition, to: offset.next, fingerprint: offset.fingerprint)
            }
            for write in part.staged { try write(&transaction) }
            for letter in part.letters { try deadLetters.put(letter, in: &transaction) }
        }
        if faults?(FaultPoint(place: .commit, batch: batch, attempt: attempt)) == true {
            throw TopologyError(.injected, "A rollback was injected into the commit of batch \(batch).")
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
