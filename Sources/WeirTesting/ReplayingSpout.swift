import Synchronization
public import WeirTopology

/// A source that misbehaves as sources do, and as often as told: it comes in pieces of any size, has nothing for a while, and breaks off, so that the
/// topology begins again at its last commit and is given the same tuples once more.
///
/// Its tuples are lines, the same each time, in as many partitions as there are lists. Its offsets grow by more than one per tuple, as byte positions do.
///
///     let lines = ReplayingSpout([["to be or", "not to be"], ["be"]], seed: 42, interruptions: 5)
///     topology.spout("lines", lines, parallelism: 2)
///     // in exactly-once mode: each line counts once, though the topology was begun six times
///
/// The seed says behind how many tuples it breaks off each time. Where it would have to do so again before anything was committed, it has nothing more
/// until then: a topology takes what fails again and again apart, to find a tuple that is to blame.
public struct ReplayingSpout: ReplayableSpout, Sendable {
    /// What it breaks off with.
    public struct Interruption: Error, Sendable, CustomStringConvertible {
        /// How many there were before.
        public let number: Int
        /// For messages.
        public var description: String { "the source broke off as it was told to, for the \(number + 1). time" }
    }

    /// Shared by all tasks and attempts: what happened so far.
    private final class History: Sendable {
        struct State {
            var random: SeededGenerator
            /// Numbers of different tuples behind which it breaks off, the next one last.
            var moments: [Int]
            /// How many tuples of each partition were emitted at least once.
            var reached: [Int]
            var interruptions = 0
            var emitted = 0
            var mayInterrupt = true

            /// How many tuples a partition emits now: what comes again, and what is new up to the next interruption.
            mutating func piece(of partition: Int, from position: Int, of count: Int) -> Int {
                let drawn = min(Int.random(in: 0...20, using: &random), count - position)
                guard let moment = moments.last else { return drawn }
                let fresh = max(0, moment - reached.reduce(0, +))
                return min(drawn, max(0, reached[partition] - position) + fresh)
            }

            mutating func emitted(_ number: Int, of partition: Int, upTo position: Int) -> Interruption? {
                emitted += number
                reached[partition] = max(reached[partition], position)
                guard mayInterrupt, let moment = moments.last, reached.reduce(0, +) >= moment else { return nil }
                moments.removeLast()
                mayInterrupt = false
                interruptions += 1
                return Interruption(number: interruptions - 1)
            }
        }
        let state: Mutex<State>

        init(seed: UInt64, interruptions: Int, counts: [Int]) {
            var random = SeededGenerator(seed: seed)
            // Not behind the last tuple: nothing would come afterwards.
            var possible = Array(1..<max(1, counts.reduce(0, +)))
            possible.shuffle(using: &random)
            let moments = possible.prefix(interruptions).sorted(by: >)
            state = Mutex(State(random: random, moments: moments, reached: counts.map { _ in 0 }))
        }
    }

    private let lines: [[String]]
    private let field: String
    private let history: History
    private var positions: [UInt32: Int] = [:]

    /// The distance of two tuples' offsets; the offset after a tuple is less than the next one's, as where blank lines lie between.
    private static let stride: UInt64 = 3

    /// A source with these lines as tuples of one field, and so many interruptions, each behind another tuple than the last of all: fewer where there are
    /// not as many tuples.
    public init(_ lines: [[String]], field: String = "line", seed: UInt64, interruptions: Int) {
        self.lines = lines
        self.field = field
        history = History(seed: seed, interruptions: interruptions, counts: lines.map(\.count))
    }

    /// How often it broke off.
    public var interruptions: Int { history.state.withLock { $0.interruptions } }

    /// How many tuples it emitted, those that came again counted again.
    public var emitted: Int { history.state.withLock { $0.emitted } }

    /// One stream, one field.
    public var outputs: [StreamDeclaration] { [.fields(field)] }

    /// As many as there are lists.
    public func partitions() throws -> [UInt32] { lines.indices.map { UInt32($0) } }

    /// Goes to the first tuple at or behind the offset.
    public mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {
        positions[partition] = Int((offset + Self.stride - 1) / Self.stride)
    }

    /// Emits some tuples, none, or breaks off.
    public mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
        let lines = lines[Int(partition)]
        let start = positions[partition] ?? 0
        var position = start
        // One task's emission at a time, so that none goes beyond the next interruption.
        let interruption = history.state.withLock { state -> Interruption? in
            let end = start + state.piece(of: Int(partition), from: start, of: lines.count)
            while position < end, !output.isFull {
                let offset = UInt64(position) * Self.stride
                output.emit(lines[position], at: offset, next: offset + 1)
                position += 1
            }
            return state.emitted(position - start, of: Int(partition), upTo: position)
        }
        positions[partition] = position
        if let interruption { throw interruption }
        if position == lines.count { return .finished }
        return position == start ? .idle : .emitted
    }

    /// After a commit it may break off again.
    public mutating func ack(_ partition: UInt32, upTo offset: UInt64) {
        history.state.withLock { $0.mayInterrupt = true }
    }
}
