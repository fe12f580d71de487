import Weir
import WeirStore

/// The keyed states of several tasks under load, with batches that are captured and not yet committed, as in a topology.
final class StateLoad {
    let journal: StateJournal
    let states: [KeyedState]
    private let store: Store
    private let depth: Int
    private var inFlight: [[JournalFragment]] = []
    private var spare: [[JournalFragment]] = []
    private(set) var peakMemory = 0

    /// `depth`: batches that are captured before the first of them is committed.
    init(_ store: Store, tasks: Int, depth: Int, _ configuration: StateConfiguration = StateConfiguration()) throws {
        self.store = store
        self.depth = depth
        let journal = try StateJournal.open(store: store, topology: "load", configuration: configuration)
        self.journal = journal
        states = try (0..<tasks).map { try journal.state("counts", task: $0) }
    }

    /// Numbers are dealt out to the tasks in turn, as a grouping by fields would.
    func state(of number: Int) -> KeyedState { states[number % states.count] }

    /// Ends a batch; commits the one that has waited longest.
    func endBatch() throws {
        var fragments = spare.popLast() ?? states.map { _ in JournalFragment() }
        for index in states.indices {
            fragments[index].removeAll()
            states[index].capture(into: &fragments[index])
            peakMemory = max(peakMemory, states[index].statistics.memoryBytes)
        }
        inFlight.append(fragments)
        if inFlight.count > depth { try commit() }
    }

    /// Commits what waits.
    func drain() throws { while !inFlight.isEmpty { try commit() } }

    private func commit() throws {
        let (journal, fragments) = (journal, inFlight.removeFirst())
        let id = try store.write { transaction in
            try journal.commit(fragments, in: &transaction)
            return transaction.transactionID
        }
        journal.committed(id)
        spare.append(fragments)
    }
}

extension Int {
    /// The number as a key: eight bytes in order, negative ones behind all others.
    func asKey<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes(of: UInt64(bitPattern: Int64(self)).bigEndian, body)
    }
}

/// What a check found wrong: printed as it is.
struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
