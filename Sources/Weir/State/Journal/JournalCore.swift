import DequeModule
import Synchronization
import WeirStore

/// What the journal knows, under its lock.
struct JournalCore: Sendable {
    /// What becomes known with a flush.
    struct Flush: Sendable {
        var id: UInt64
        var captures: [(ticket: StateTicket, capture: UInt64)]
        var endsOverlay: Bool
    }

    let incarnation: UInt64
    var sequence: UInt64 = 0
    var ledger = JournalLedger()
    var registry: [String: UInt32]
    /// By a state's number: its table.
    var tables: [UInt32: RawTable]
    var overlay: StateOverlay
    var overlayFold: OverlayFold?
    var overlayPace: FoldPace
    /// What the tail may take beyond the limit, since it was longer than that when the journal was opened; until it is short again.
    var allowance = 0
    var flushes: Deque<Flush> = []
    var handedOut: Set<String> = []
    /// Set by the first commit that fails: what is in memory is no longer what is on disk.
    var failure: StateError?
    var statistics = StateJournalStatistics()

    mutating func addState(_ number: UInt32, _ name: StateName, task: Int, _ table: RawTable) throws(StateError) -> StateTicket {
        guard handedOut.insert("\(task) \(name.name)").inserted else {
            throw StateError(
                .alreadyOpen, "State \(name) of task \(task) is open already: keep the one that was returned, or open the journal again.")
        }
        tables[number] = table
        return StateTicket(slot: ledger.addState(), state: number)
    }

    /// Bytes that the tail may have with the next row.
    mutating func limit(_ configuration: StateConfiguration) -> Int {
        if ledger.bytes <= configuration.journalLimit / 4 * 3 { allowance = 0 }
        return max(configuration.journalLimit, allowance)
    }

    /// Tells the states what is durable now. Returns whether the overlay is.
    mutating func settle(_ id: TransactionID) -> Bool {
        var endsOverlay = false
        while let flush = flushes.first, flush.id <= id.rawValue {
            for (ticket, capture) in flush.captures { ticket.durable.store(capture, ordering: .releasing) }
            endsOverlay = endsOverlay || flush.endsOverlay
            flushes.removeFirst()
        }
        return endsOverlay
    }
}
