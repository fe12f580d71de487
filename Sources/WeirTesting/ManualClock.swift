import Synchronization
public import Weir

/// A clock that stands still until the test turns it.
///
/// Whoever sleeps on it is woken by `advance`, in the order of the deadlines; nobody waits for real time.
public final class ManualClock: Clock, Sendable {
    /// A point in the clock's time.
    public struct Instant: InstantProtocol, CustomStringConvertible {
        /// How long after the clock's start.
        public let offset: Swift.Duration

        /// So long after the clock's start.
        public init(offset: Swift.Duration) { self.offset = offset }

        /// This instant and a duration later.
        public func advanced(by duration: Swift.Duration) -> Instant { Instant(offset: offset + duration) }

        /// How much later the other is.
        public func duration(to other: Instant) -> Swift.Duration { other.offset - offset }

        /// Earlier comes first.
        public static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }

        /// How long after the clock's start.
        public var description: String { "\(offset)" }
    }

    private struct Sleeper {
        var deadline: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var nextSleeper = 0
        var sleepers: [Int: Sleeper] = [:]
        /// Cancelled before they slept.
        var cancelled: Set<Int> = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func awaitedWatchers() -> [CheckedContinuation<Void, Never>] {
            let ready = watchers.filter { $0.count <= sleepers.count }.map(\.continuation)
            watchers.removeAll { $0.count <= sleepers.count }
            return ready
        }
    }

    private let state = Mutex(State())
    private let start: Timestamp

    /// A clock whose wall time begins here (2026-01-01 UTC unless said otherwise).
    public init(start: Timestamp = Timestamp(milliseconds: 1_767_225_600_000)) { self.start = start }

    /// The time to which it was turned.
    public var now: Instant { state.withLock { $0.now } }

    /// It knows every duration exactly.
    public var minimumResolution: Swift.Duration { .zero }

    /// The same time for what needs timestamps.
    public var wallClock: WallClock { WallClock { self.start.advanced(by: self.now.offset) } }

    /// Turns the clock on and wakes whoever's deadline is reached. A negative duration is a bug and traps: `wallClock` alone may go back, use another one for that.
    public func advance(by duration: Swift.Duration) {
        precondition(duration >= .zero, "A clock that others sleep on goes forward only.")
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }.sorted {
                ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key)
            }
            for (id, _) in due { state.sleepers[id] = nil }
            return due.map(\.value.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// Returns when the clock was turned to the deadline. Throws `CancellationError` when the task is cancelled meanwhile.
    public func sleep(until deadline: Instant, tolerance: Swift.Duration? = nil) async throws {
        let id = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let (ends, watchers) = state.withLock { state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
                    if state.cancelled.remove(id) != nil { return (.failure(CancellationError()), []) }
                    if deadline <= state.now { return (.success(()), []) }
                    state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
                    return (nil, state.awaitedWatchers())
                }
                if let ends { continuation.resume(with: ends) }
                for watcher in watchers { watcher.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
        _ = state.withLock { $0.cancelled.remove(id) }
    }

    /// Returns when at least so many tasks sleep on the clock: then it can be turned without missing one.
    public func sleepers(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}
