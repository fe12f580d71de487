import SystemPackage
import WeirStore
import WeirTesting

@testable import Weir

/// Several tasks with one state each, a journal, and a dictionary that says what must be in them.
///
/// Batches are captured first and committed later, as in a topology with several batches in flight.
final class StateRig {
    typealias Contents = [[UInt8]: [UInt8]]
    struct Injected: Error {}

    let store: Store
    let configuration: StateConfiguration
    private(set) var journal: StateJournal
    private(set) var tasks: [KeyedState] = []
    /// As of the last commit, and with everything done since.
    private(set) var committed: Contents = [:]
    private(set) var current: Contents = [:]
    private var inFlight: [(fragments: [JournalFragment], contents: Contents)] = []
    private var spare: [JournalFragment] = []
    private(set) var peakMemory = 0

    init(_ store: Store, tasks count: Int, _ configuration: StateConfiguration) throws {
        self.store = store
        self.configuration = configuration
        journal = try StateJournal.open(store: store, topology: "rig", configuration: configuration)
        tasks = try (0..<count).map { try journal.state("counts", task: $0) }
    }

    func task(of key: [UInt8]) -> Int { Int(hash(key) % UInt64(tasks.count)) }
    func state(of key: [UInt8]) -> KeyedState { tasks[task(of: key)] }

    func put(_ value: [UInt8], for key: [UInt8]) throws {
        try key.withUnsafeBytes { key in try value.withUnsafeBytes { value in try state(of: Array(key)).put(value, for: key) } }
        current[key] = value
    }

    func remove(_ key: [UInt8]) throws {
        try key.withUnsafeBytes { try state(of: Array($0)).remove($0) }
        current[key] = nil
    }

    /// Returns whether the state and the oracle agree about the sum.
    func add(_ delta: Int64, to key: [UInt8]) throws -> Bool {
        let old = current[key].map { $0.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) } } ?? 0
        current[key] = withUnsafeBytes(of: (old + delta).littleEndian) { [UInt8]($0) }
        return try key.withUnsafeBytes { try state(of: Array($0)).add(delta, to: $0) } == old + delta
    }

    func get(_ key: [UInt8]) throws -> [UInt8]? { try key.withUnsafeBytes { try state(of: Array($0)).get($0) } }

    /// Ends a batch in every task; it waits for its commit.
    func capture() {
        inFlight.append(
            (
                tasks.map { task in
                    var fragment = spare.popLast() ?? JournalFragment()
                    fragment.removeAll()
                    task.capture(into: &fragment)
                    return fragment
                }, current
            ))
        peakMemory = max(peakMemory, tasks.reduce(0) { max($0, $1.statistics.memoryBytes) })
    }

    /// Commits the oldest captured batch; with `undone`, the transaction is rolled back at its end.
    func commit(undone: Bool = false) throws {
        guard !inFlight.isEmpty else { return }
        let (fragments, contents) = inFlight[0]
        let id = try store.write { transaction in
            try journal.commit(fragments, in: &transaction)
            if undone { throw Injected() }
            return transaction.transactionID
        }
        inFlight.removeFirst()
        spare += fragments
        committed = contents
        journal.committed(id)
    }

    /// Takes over what another rig has committed to the same store.
    func adopt(_ other: StateRig) {
        committed = other.committed
        current = committed
    }

    func commitAll() throws { while !inFlight.isEmpty { try commit() } }

    var batchesInFlight: Int { inFlight.count }

    /// Everything in memory is gone; the store is what it was.
    func crash(tasks count: Int) throws {
        inFlight = []
        tasks = []
        journal = try StateJournal.open(store: store, topology: "rig", configuration: configuration)
        tasks = try (0..<count).map { try journal.state("counts", task: $0) }
        current = committed
    }

    /// What an observer sees of the last commit.
    func viewed(prefix: [UInt8] = []) throws -> Contents {
        let view = try StateView("counts", of: "rig", in: store)
        return try store.read { snapshot in
            var contents: Contents = [:]
            var last: [UInt8]?
            try view.scan(prefix: prefix, in: snapshot) { key, value in
                if let last, !last.lexicographicallyPrecedes(key) { throw StateError.corrupt("A scan is out of order.") }
                last = Array(key)
                contents[Array(key)] = Array(value)
                return .next
            }
            return contents
        }
    }

    /// What the tasks themselves see.
    func scanned(prefix: [UInt8] = []) throws -> Contents {
        var contents: Contents = [:]
        for (number, task) in tasks.enumerated() {
            try task.scan(prefix: prefix) { key in
                self.task(of: Array(key)) == number
            } _: { key, value in
                contents[Array(key)] = Array(value)
                return .next
            }
        }
        return contents
    }
}
