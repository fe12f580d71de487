import Synchronization
import WeirStore

/// Reads all the time, whatever becomes of the writes: each snapshot must show as many steps in the history as the offset says, and never fewer than before.
final class SteadyReader: Sendable {
    struct Facts: Sendable {
        var reads = 0
        /// The longest time from one read to the next.
        var longestGap = Duration.zero
        var problems: [String] = []
    }

    private let facts = Mutex(Facts())
    private let isStopping = Monitor(false)
    private let ended = Monitor(false)

    init(_ store: Store, _ history: Table<UInt64, Pair<UInt64, UInt64>>) throws {
        try DedicatedThread.start(for: "reading") { [self] in
            var last: UInt64 = 0
            var before = ContinuousClock.now
            // A thousand reads a second, and not as many as the processor can.
            while isStopping.wait(for: .milliseconds(1), until: { $0 ? true : nil }) == nil {
                let read = Result { try Self.read(store, history, atLeast: last) }
                let now = ContinuousClock.now
                facts.withLock { facts in
                    switch read {
                    case .success(let offset): last = offset
                    case .failure(let error): if facts.problems.count < 5 { facts.problems.append("a read failed: \(error)") }
                    }
                    facts.reads += 1
                    facts.longestGap = max(facts.longestGap, now - before)
                }
                before = now
            }
            ended.withLock(wake: true) { $0 = true }
        }
    }

    private struct Inconsistent: Error, CustomStringConvertible {
        let description: String
    }

    private static func read(_ store: Store, _ history: Table<UInt64, Pair<UInt64, UInt64>>, atLeast last: UInt64) throws -> UInt64 {
        try store.read { snapshot in
            let offset = try ModelTables.offset(in: snapshot)
            let steps = try snapshot.count(history)
            guard offset >= last, steps == Int(offset) else {
                throw Inconsistent(description: "the offset is \(offset) after \(last), the history has \(steps) steps")
            }
            return offset
        }
    }

    /// Ends it. What it has seen.
    func stop() -> Facts {
        isStopping.withLock(wake: true) { $0 = true }
        _ = ended.wait { $0 ? true : nil }
        return facts.withLock { $0 }
    }
}
