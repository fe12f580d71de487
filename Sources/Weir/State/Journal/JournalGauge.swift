import Synchronization

/// The few numbers that the tasks and the committer share.
final class JournalGauge: Sendable {
    /// Bytes ever added to the journal, those of captures still in flight included.
    let appended: Atomic<UInt64>
    /// Bytes ever deleted from it.
    let deleted = Atomic<UInt64>(0)
    /// The recovery overlay is in the B-tree, durably: nobody needs it any more, and tasks may fold.
    let overlayRetired: Atomic<Bool>
    /// A task needs the overlay out of its way, to fold and to drop keys.
    let hurry = Atomic<Bool>(false)
    /// States of all tasks that share the folds of a commit.
    let states = Atomic<Int>(0)

    init(tail: Int, hasOverlay: Bool) {
        appended = Atomic(UInt64(tail))
        overlayRetired = Atomic(!hasOverlay)
    }

    /// Bytes of rows in the journal and of captures on their way there.
    var tail: Int { Int(truncatingIfNeeded: appended.load(ordering: .acquiring) &- deleted.load(ordering: .acquiring)) }
}

/// What the journal and one state of one task know of each other.
final class StateTicket: Sendable {
    /// The state's place in the journal's ledger.
    let slot: Int
    /// What the journal calls the state.
    let state: UInt32
    /// The newest capture that is durable.
    let durable = Atomic<UInt64>(0)

    init(slot: Int, state: UInt32) {
        self.slot = slot
        self.state = state
    }
}
