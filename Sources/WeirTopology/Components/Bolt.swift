/// What processes tuples: a function, a filter, a count, a join (Storm's bolt).
///
/// One value per task; a task runs on one thread at a time, so a bolt needs no locks. A tuple is acknowledged when `execute` returns, unless the
/// bolt holds it (``Output/hold(_:)``). What `execute` emits is anchored to the tuple it was given.
///
///     struct SplitBolt: Bolt {
///         var outputs: [StreamDeclaration] { [.fields("word")] }
///         mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
///             for word in try tuple["line"].string.split(separator: " ") { output.emit(word) }
///         }
///     }
///
/// Throwing says: this tuple cannot be processed. At-most-once drops it, at-least-once has it replayed, exactly-once rolls the batch back and
/// replays; after ``TopologyConfiguration/maximumAttempts`` the tuple goes to the dead letters.
public protocol Bolt: SendableMetatype {
    /// The streams it emits, with their fields. Asked once, of a fresh value, when the topology is built. Nothing by default: a sink.
    var outputs: [StreamDeclaration] { get }

    /// Called once per task and attempt, before anything else, on the task's thread.
    mutating func prepare(_ context: BoltContext) throws

    /// Processes one tuple.
    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws

    /// Called every ``BoltDeclarer/tick(every:)``. What it emits is not anchored, unless inside ``Output/anchored(to:_:)``.
    mutating func tick(_ output: inout Output) throws

    /// Called at each commit, before the task's state is captured: the last moment to emit what was gathered for this batch (Trident's
    /// `finishBatch`). In exactly-once every tuple that is held must be acknowledged here.
    mutating func finishBatch(_ output: inout Output) throws

    /// Called when the topology has ended in order. Not after a crash, and not after a rollback: do not count on it.
    mutating func cleanup()
}

extension Bolt {
    /// Nothing is emitted.
    public var outputs: [StreamDeclaration] { [] }
    /// Does nothing.
    public mutating func prepare(_ context: BoltContext) throws {}
    /// Does nothing.
    public mutating func tick(_ output: inout Output) throws {}
    /// Does nothing.
    public mutating func finishBatch(_ output: inout Output) throws {}
    /// Does nothing.
    public mutating func cleanup() {}
}
