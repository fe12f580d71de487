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
/// It breaks off no more than once between two commits: a topology takes what fails again and again apart, to find a tuple that is to blame.
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
            var interruptions: Int
            var done = 0
            var emitted = 0
            var mayInterrupt = true
        }
        let state: Mutex<State>

        init(seed: UInt64, interruptions: Int) {
            state = Mutex(State(random: SeededGenerator(seed: seed), interruptions: interruptions))
        }
    }

    private let lines: [[String]]
    private let field: String
    private let history: History
    private var positions: [UInt32: Int] = [:]

    /// The distance of two tuples' offsets; the offset after a tuple is less than the next one's, as where blank lines lie between.
    private static let stride: UInt64 = 3

    /// A source with these lines as tuples of one field, and so many interruptions at moments that the seed decides.
    public init(_ lines: [[String]], field: String = "line", seed: UInt64, interruptions: Int) {
        self.lines = lines
        self.field = field
        history = History(seed: seed, interruptions: interruptions)
    }

    /// How often it broke off.
    public var interruptions: Int { history.state.withLock { $0.done } }

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
        var position = positions[partition] ?? 0
        let (piece, interruption) = history.state.withLock { state -> (Int, Interruption?) in
            let piece = Int.random(in: 0...20, using: &state.random)
            guard state.interruptions > state.done, state.mayInterrupt, Int.random(in: 0..<4, using: &state.random) == 0 else {
                return (piece, nil)
            }
            state.mayInterrupt = false
            state.done += 1
            return (piece, Interruption(number: state.done - 1))
        }
        var left = piece
        while left > 0, position < lines.count, !output.isFull {
            let offset = UInt64(position) * Self.stride
            output.emit(lines[position], at: offset, next: offset + 1)
            position += 1
            left -= 1
        }
        history.state.withLock { $0.emitted += piece - left }
        positions[partition] = position
        if let interruption { throw interruption }
        if position == lines.count { return .finished }
        return piece == 0 ? .idle : .emitted
    }

    /// After a commit it may break off again.
    public mutating func ack(_ partition: UInt32, upTo offset: UInt64) {
        history.state.withLock { $0.mayInterrupt = true }
    }
}
