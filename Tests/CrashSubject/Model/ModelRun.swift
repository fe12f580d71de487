import Dispatch
import Synchronization
import SystemPackage
import Weir
import WeirStore

/// The model in an open store: commits steps, and can close, compact, back up and open the store between them.
final class ModelRun {
    /// What one step of a commit came to.
    typealias Outcome = Result<TransactionID, any Error>

    let path: FilePath
    let configuration: StoreConfiguration
    let seed: UInt64
    let planted: Planted
    private(set) var store: Store
    private(set) var tables: ModelTables
    private var journal: StateJournal
    private var counts: KeyedState
    private var names: KeyedState
    private var stretch: UInt64 = 0

    /// Small enough that every few commits fold, delete rows and reach the limits.
    private static let states = StateConfiguration(
        journalLimit: 4 << 10, memoryLimit: 4 << 10, maximumFoldsPerCommit: 16, chunkBytes: 512)

    init(at path: FilePath, configuration: StoreConfiguration, seed: UInt64, planted: Planted = .nothing) throws {
        (self.path, self.configuration, self.seed, self.planted) = (path, configuration, seed, planted)
        store = try Store.open(at: path, configuration: configuration)
        tables = try ModelTables(store)
        (journal, counts, names) = try Self.openStates(store)
        try beginStretch()
    }

    /// What follows a failed commit: keyed state is thrown away and read again.
    func arrange() throws {
        (journal, counts, names) = try Self.openStates(store)
        try beginStretch()
    }

    private static func openStates(_ store: Store) throws -> (StateJournal, KeyedState, KeyedState) {
        let journal = try StateJournal.open(store: store, topology: ModelTables.topology, configuration: states)
        return (journal, try journal.state("counts", task: 0), try journal.state("names", task: 0))
    }

    /// Within a stretch nobody else commits, so that transaction IDs must follow on one another. Another one begins whenever somebody did.
    func beginStretch() throws {
        let tables = tables
        stretch = try store.read { snapshot in
            var last: UInt64 = 0
            try snapshot.scan(tables.history, reverse: true) { _, place in
                last = place.second
                return .stop
            }
            return max(last, self.stretch) + 1
        }
    }

    /// The committed offset: how many steps are in.
    func offset() throws -> UInt64 { try store.read { try ModelTables.offset(in: $0) } }

    /// Commits one step, or the steps of a burst at once.
    func commit(_ steps: [Step]) -> [Outcome] {
        guard steps.count == 1 else { return commitTogether(steps) }
        return [Result { try commit(steps[0]) }]
    }

    private func commit(_ step: Step) throws -> TransactionID {
        let (epoch, stretch) = (store.epoch, stretch)
        let fragment = try step.changesState ? capture(step) : nil
        let id = try store.write { transaction in
            let movesOffset = planted != .offsetOutside
            try tables.perform(step, epoch: epoch, stretch: stretch, movesOffset: movesOffset, in: &transaction)
            if let fragment { try journal.commit([fragment], in: &transaction) }
            return transaction.transactionID
        }
        if planted == .offsetOutside {
            try store.write { try $0.advance(ModelTables.source, partition: 0, to: step.number) }
        }
        if fragment != nil { journal.committed(id) }
        return id
    }

    /// Changes keyed state in memory, as a bolt does.
    private func capture(_ step: Step) throws -> JournalFragment {
        for change in step.changes {
            switch change {
            case .add(let key, let delta): try counts.add(delta, to: key)
            case .name(let key, let bytes): try names.set(step.bytes(bytes, for: key), for: key)
            case .removeName(let key): try names.remove(key)
            default: break
            }
        }
        var fragment = JournalFragment()
        counts.capture(into: &fragment)
        names.capture(into: &fragment)
        return fragment
    }

    private func commitTogether(_ steps: [Step]) -> [Outcome] {
        let (tables, epoch, stretch) = (tables, store.epoch, stretch)
        let outcomes = Mutex([Outcome?](repeating: nil, count: steps.count))
        let done = DispatchSemaphore(value: 0)
        for (place, step) in steps.enumerated() {
            store.submit(
                StoreWrite {
                    try tables.perform(step, epoch: epoch, stretch: stretch, in: &$0)
                } completion: { outcome in
                    outcomes.withLock { $0[place] = outcome }
                    done.signal()
                })
        }
        for _ in steps { done.wait() }
        return outcomes.withLock { $0.compactMap(\.self) }
    }

    /// Closes the store, does something to its files, and opens it again. When opening fails, it is tried again by the next call.
    func reopen(after body: () throws -> Void = {}) throws {
        store.close()
        try body()
        store = try Store.open(at: path, configuration: configuration)
        tables = try ModelTables(store)
        try arrange()
    }
}
