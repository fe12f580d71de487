import LMDB

/// Lets readers into the environment, knows who they are, and closes the way while the environment is replaced.
///
/// Owns the environment's handle: whoever wants to close it waits here until the last reader has left.
final class ReadGate: Sendable {
    /// A read in progress, and the place in the program that began it.
    struct Holder: Sendable {
        var place: String
        var thread: ThreadIdentity
        var since: ContinuousClock.Instant
        var reported = false
    }

    private enum Way {
        case open
        case closing
        case shut(StoreError)
    }

    private struct State {
        var pool: ReaderPool
        var way: Way = .open
        var holders: [UInt64: Holder] = [:]
        var next: UInt64 = 0
    }

    private let state: Monitor<State>
    private static let pooledReaders = 64

    init(_ environment: Environment) {
        state = Monitor(State(pool: ReaderPool(environment, limit: Self.pooledReaders)))
    }

    /// A reader's place among the others.
    struct Ticket: Sendable {
        fileprivate var number: UInt64
        fileprivate var pool: ReaderPool
    }

    /// Waits while the environment is being replaced.
    func enter(_ place: @autoclosure () -> String) throws(StoreError) -> Ticket {
        let entered: Result<Ticket, StoreError>? = state.wait { state in
            switch state.way {
            // A read within a read is let in: the outer one would wait for it, and the closing for the outer one.
            case .closing where !state.holders.values.contains(where: { $0.thread.isCurrent }): return nil
            case .shut(let reason): return .failure(reason)
            case .open, .closing:
                state.next += 1
                state.holders[state.next] = Holder(place: place(), thread: .current, since: .now)
                return .success(Ticket(number: state.next, pool: state.pool))
            }
        }
        guard let entered else { preconditionFailure("A wait without a timeout ends with a result.") }
        return try entered.get()
    }

    func begin(_ ticket: Ticket) throws(StoreError) -> RawTransaction {
        try translating("begin a read") { () throws(LMDBError) in try RawTransaction.reading(from: ticket.pool) }
    }

    func end(_ transaction: consuming RawTransaction, _ ticket: Ticket) {
        transaction.park(in: ticket.pool)
    }

    func leave(_ ticket: Ticket) {
        state.withLock(wake: true) { _ = $0.holders.removeValue(forKey: ticket.number) }
    }

    /// Stops new readers and waits until the last one has left, or for so long. `waiting` is told once a second who is still there. False when somebody is.
    @discardableResult
    func close(within patience: Duration? = nil, _ waiting: ([Holder]) -> Void) -> Bool {
        state.withLock(wake: true) { $0.way = .closing }
        let deadline = patience.map { ContinuousClock.now + $0 }
        while true {
            let left = deadline.map { $0 - .now } ?? .seconds(1)
            if state.wait(for: min(.seconds(1), left), until: { $0.holders.isEmpty ? true : nil }) == true { break }
            if let deadline, deadline <= .now { return false }
            waiting(holders)
        }
        state.withLock { $0.pool }.drain()
        return true
    }

    /// Lets readers in again, into a new environment.
    func open(_ environment: Environment) {
        state.withLock(wake: true) {
            $0.pool = ReaderPool(environment, limit: Self.pooledReaders)
            $0.way = .open
        }
    }

    /// Nobody comes in any more, for this reason.
    func shut(_ reason: StoreError) { state.withLock(wake: true) { $0.way = .shut(reason) } }

    /// The environment that readers are let into.
    var environment: Environment { state.withLock { $0.pool.environment } }

    var holders: [Holder] { state.withLock { Array($0.holders.values) } }

    /// Readers older than `age` that were not reported yet.
    func newlyLong(_ age: Duration) -> [Holder] {
        state.withLock { state in
            var found: [Holder] = []
            let now = ContinuousClock.now
            for (number, holder) in state.holders where !holder.reported && now - holder.since > age {
                state.holders[number]?.reported = true
                found.append(holder)
            }
            return found
        }
    }
}
