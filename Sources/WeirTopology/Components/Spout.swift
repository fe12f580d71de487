/// A source that cannot go back: a sensor, standard input, a generator (Storm's unreliable spout).
///
/// What is lost is lost: a topology with such a spout can promise at-most-once only, and refuses the rest. See ``ReplayableSpout``.
public protocol Spout: SendableMetatype {
    /// The streams it emits, with their fields. Asked once, of a fresh value, when the topology is built.
    var outputs: [StreamDeclaration] { get }

    /// Called once per task, before anything else, on the task's thread.
    mutating func open(_ context: SpoutContext) throws

    /// Emits some tuples and returns: until `output.isFull`, or fewer. Never blocks: with nothing to emit, it returns ``SpoutStatus/idle``.
    mutating func nextTuples(_ output: inout Output) throws -> SpoutStatus

    /// Called when the topology ends.
    mutating func close()
}

extension Spout {
    /// Does nothing.
    public mutating func open(_ context: SpoutContext) throws {}
    /// Does nothing.
    public mutating func close() {}
}

/// What a call for tuples came to.
public struct SpoutStatus: Hashable, Sendable {
    private enum Value: Hashable { case emitted, idle, finished }
    private let value: Value

    /// Tuples were emitted, and there may be more: call again at once.
    public static let emitted = SpoutStatus(value: .emitted)
    /// There is nothing now, but there may be later: call again after ``TopologyConfiguration/idleWait``.
    public static let idle = SpoutStatus(value: .idle)
    /// This partition has come to its end and is not asked again. (What was emitted in the same call counts.)
    public static let finished = SpoutStatus(value: .finished)
}
