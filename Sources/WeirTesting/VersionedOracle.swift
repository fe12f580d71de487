import Synchronization
public import WeirStore

/// What a table must hold at every transaction ID: obviously right, and slow. Writers tell it what they committed, readers ask it what their snapshot must show.
///
/// A snapshot may be newer than what the oracle was told, as a writer hears of its commit a little later: check snapshots after the writers have ended,
/// or with `isComplete(at:)`.
public final class VersionedOracle<Key: Hashable & Sendable, Value: Equatable & Sendable>: Sendable {
    private struct State {
        /// Per key: its values by transaction ID, ascending; nil where it was deleted.
        var history: [Key: [(id: TransactionID, value: Value?)]] = [:]
        var told: Set<TransactionID> = []
        /// Told of all up to here.
        var complete = TransactionID.zero
    }

    private let state = Mutex(State())

    /// An oracle of an empty table.
    public init() {}

    /// Notes what a commit has changed: nil deletes. Commits may be told in any order, several parts of one commit (that touch different keys) as well. O(changes).
    public func committed(_ id: TransactionID, _ changes: [Key: Value?]) {
        state.withLock { state in
            for (key, value) in changes {
                var history = state.history[key] ?? []
                let place = history.firstIndex { $0.id >= id } ?? history.endIndex
                if place < history.endIndex, history[place].id == id {
                    history[place].value = value
                } else {
                    history.insert((id, value), at: place)
                }
                state.history[key] = history
            }
            state.told.insert(id)
            while state.told.remove(state.complete.next) != nil { state.complete = state.complete.next }
        }
    }

    /// Whether every transaction ID from 1 up to this one was told of. IDs of commits that are not the table's are told with no changes.
    public func isComplete(at id: TransactionID) -> Bool { state.withLock { $0.complete >= id } }

    /// The value of a key at a transaction ID; nil where there was none.
    public func value(of key: Key, at id: TransactionID) -> Value? {
        state.withLock { Self.value($0.history[key], at: id) }
    }

    /// All that the table held at a transaction ID. O(all that was ever told).
    public func contents(at id: TransactionID) -> [Key: Value] {
        state.withLock { state in
            state.history.compactMapValues { Self.value($0, at: id) }
        }
    }

    /// Forgets what lies before a transaction ID, but for the state at it, so that a long run does not grow.
    public func forget(before id: TransactionID) {
        state.withLock { state in
            state.history = state.history.compactMapValues { history in
                guard let last = history.lastIndex(where: { $0.id <= id }) else { return history }
                let kept = Array(history[last...])
                return kept.count == 1 && kept[0].value == nil ? nil : kept
            }
        }
    }

    private static func value(_ history: [(id: TransactionID, value: Value?)]?, at id: TransactionID) -> Value? {
        history?.last { $0.id <= id }?.value
    }
}
