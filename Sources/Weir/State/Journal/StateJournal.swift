import Synchronization
package import WeirStore

/// The journal of one topology's states: what makes a batch's changes durable with one row, however many keys it changed.
///
/// Each commit appends a row with the batch's changes, moves a slice of older ones into the states' tables (folding), and deletes the
/// rows that are folded altogether; all in the transaction that also commits offsets and outputs. Opening it reads the rows that are
/// left: the state as of the last commit is the tables with these rows on top. The idea is a redo log with a fuzzy checkpoint (ARIES),
/// inside of the store it belongs to.
///
/// Commits must be handed in, in batch order, and nothing else may be done with the journal after one of them failed: open it again,
/// which takes it back to the last commit and makes every later commit of the old one fail.
package final class StateJournal: Sendable {
    package let topology: String
    package let store: Store
    package let configuration: StateConfiguration
    let gauge: JournalGauge
    let keys: JournalKeys
    let table: RawTable
    let core: Mutex<JournalCore>

    init(
        topology: String, store: Store, configuration: StateConfiguration, keys: JournalKeys, table: RawTable, gauge: JournalGauge,
        core: JournalCore
    ) {
        self.topology = topology
        self.store = store
        self.configuration = configuration
        self.keys = keys
        self.table = table
        self.gauge = gauge
        self.core = Mutex(core)
    }

    /// The state of this name for a task. Each task gets its own; the number of tasks may differ from run to run. Blocks for a commit
    /// when the name is new.
    ///
    /// Throws `.alreadyOpen` when it was handed out before, `.invalidName`, and `StoreError`.
    package func state(_ name: String, task: Int) throws -> KeyedState {
        let name = try StateName(topology: topology, name: name)
        // The table first: what the registry lists can be read, whenever the process ends.
        let values = try StateTables.values(name, store)
        let number = try register(name)
        let (ticket, overlay) = try core.withLock { core in
            (try core.addState(number, name, task: task, values.raw), core.overlay.tables[number])
        }
        gauge.states.add(1, ordering: .relaxed)
        // The overlay first, then the table: what leaves the one is in the other already.
        let isEmpty = try store.read { try $0.count(values) == 0 }
        return KeyedState(
            name: name, task: task, ticket: ticket, gauge: gauge, store: store, table: values.raw, isEmpty: isEmpty, overlay: overlay,
            configuration: configuration)
    }

    /// After the flush of a commit: what it folded may leave memory. Never blocks for long.
    package func committed(_ id: TransactionID) {
        core.withLock { core in
            guard core.settle(id) else { return }
            core.overlay = StateOverlay()
            gauge.overlayRetired.store(true, ordering: .releasing)
        }
    }

    /// Bytes that a recovery would have to read: rows, and captures that are on their way to become rows.
    package var tailBytes: Int { gauge.tail }

    /// Counts since it was opened.
    package var statistics: StateJournalStatistics {
        core.withLock { core in
            var statistics = core.statistics
            statistics.tailBytes = core.ledger.bytes
            statistics.rows = core.ledger.count
            statistics.overlayKeys = core.overlayFold?.left ?? 0
            return statistics
        }
    }
}

/// Counts of a journal since it was opened.
package struct StateJournalStatistics: Sendable, Equatable {
    /// Bytes and rows in the journal now.
    package internal(set) var tailBytes = 0
    package internal(set) var rows = 0
    /// Keys that the last run left in the journal and that are not folded yet.
    package internal(set) var overlayKeys = 0
    /// Commits, keys folded in them, and commits that had to fold everything at once.
    package internal(set) var commits = 0
    package internal(set) var folded = 0
    package internal(set) var checkpoints = 0
    /// The most bytes that the journal has ever held.
    package internal(set) var peakTailBytes = 0
}
