import Synchronization
import WeirTopology

/// Where a run is made to fail: at the n-th batch that comes to be committed, or after so many decisions of the scheduler.
///
///     CrashPoint("commit 3, before")         // it is complete, and the process ends before it is written
///     CrashPoint("commit 3, submission")     // handing it to the store fails: the topology starts again
///     CrashPoint("commit 3, undone")         // its transaction is undone inside of the store: the topology starts again
///     CrashPoint("commit 3, after")          // it is durable, and the process ends before anybody hears of it
///     CrashPoint("commit 3, after, twice")   // the same, and once more at the next commit after the recovery
///     CrashPoint("decision 17")              // the process ends wherever it is
public struct CrashPoint: Hashable, Sendable, CustomStringConvertible {
    enum Place: String, CaseIterable {
        case before, submission, undone, after
    }
    enum Kind: Hashable {
        case commit(Int, Place, twice: Bool)
        case decision(Int)
    }
    let kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    /// A point by what its description says. Nil when it says none.
    public init?(_ description: String) {
        let parts = description.split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }
        guard let first = parts.first?.split(separator: " "), first.count == 2, let number = Int(first[1]), number >= 0 else { return nil }
        switch (first[0], parts.count) {
        case ("decision", 1): kind = .decision(number)
        case ("commit", 2...3):
            guard let place = Place(rawValue: parts[1]), parts.count == 2 || parts[2] == "twice" else { return nil }
            kind = .commit(number, place, twice: parts.count == 3)
        default: return nil
        }
    }

    /// As the initialiser takes it.
    public var description: String {
        switch kind {
        case .commit(let number, let place, let twice): "commit \(number), \(place)\(twice ? ", twice" : "")"
        case .decision(let number): "decision \(number)"
        }
    }
}

/// Counts the batches that come by, and says where one is to fail. Shared with the store's thread.
final class PointWatch: Sendable {
    private struct State {
        /// How many batches have come to be handed over; to be written.
        var submissions = 0
        var writes = 0
        var failingSubmission: Int?
        var failingWrite: Int?
        var failsNextWrite = false
        var again = false
        /// How often a batch failed where it was planned.
        var hits = 0
    }
    private let state = Mutex(State())

    /// Plans the failure of a batch, by its number among all.
    func plan(_ place: CrashPoint.Place, _ number: Int, twice: Bool) {
        state.withLock { state in
            state.again = twice
            switch place {
            case .submission: state.failingSubmission = number
            case .undone: state.failingWrite = number
            default: break
            }
        }
    }

    /// The next batch that is written is undone.
    func failNextWrite() { state.withLock { $0.failsNextWrite = true } }

    /// Batches that came to be handed over so far.
    var submissions: Int { state.withLock { $0.submissions } }

    /// How often a batch failed where it was planned.
    var hits: Int { state.withLock { $0.hits } }

    func crashed() { state.withLock { $0.failsNextWrite = false } }

    func fails(at point: FaultPoint) -> Bool {
        state.withLock { state in
            switch point.place {
            case .submission:
                state.submissions += 1
                guard state.submissions == state.failingSubmission else { return false }
                state.hits += 1
                state.failingSubmission = state.again ? state.submissions + 1 : nil
                state.again = false
                return true
            case .commit:
                state.writes += 1
                if state.failsNextWrite {
                    state.failsNextWrite = false
                    return true
                }
                guard state.writes == state.failingWrite else { return false }
                state.hits += 1
                state.failingWrite = state.again ? state.writes + 1 : nil
                state.again = false
                return true
            }
        }
    }
}
