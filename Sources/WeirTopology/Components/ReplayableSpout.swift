/// A source that can go back: files, a log, a table (Storm's reliable spout, Trident's transactional one).
///
/// It has partitions, and each partition is a sequence of tuples with offsets that only grow. What an offset is, is the spout's own affair: a byte
/// position, a record number. The runtime assigns the partitions to tasks, tells where to start, and commits for each partition the offset of
/// the first tuple that is *not* in the commit, in the same transaction as everything those tuples did.
///
///     struct NumberSpout: ReplayableSpout {
///         var position: UInt64 = 0
///         var outputs: [StreamDeclaration] { [.fields("number")] }
///         func partitions() -> [UInt32] { [0] }
///         mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) { position = offset }
///         mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) -> SpoutStatus {
///             while !output.isFull, position < 1_000_000 {
///                 output.emit(Int(position), at: position, next: position + 1)
///                 position += 1
///             }
///             return position < 1_000_000 ? .emitted : .finished
///         }
///     }
///
/// All methods but `partitions` and `outputs` are called on the task's thread, and only for partitions assigned to that task. The same offset
/// must give the same tuple each time; that is what makes a replay a replay.
///
/// A spout may go back further than it was asked to: to the beginning of a block, to its last acknowledgement, to 0 each time it is opened. Tuples that
/// were emitted before, or that lie below the committed offset, are skipped, however often they come. It must not leave any out: what lies between two
/// tuples' offsets counts as read.
public protocol ReplayableSpout: SendableMetatype {
    /// The streams it emits, with their fields. Asked once, of a fresh value, when the topology is built.
    var outputs: [StreamDeclaration] { get }

    /// The partitions that there are, in the same order for every task; asked once per attempt, of a fresh value. Partition `i` of this list
    /// goes to task `i % parallelism`. The numbers are stored with the offsets: the same number must mean the same partition after a restart.
    func partitions() throws -> [UInt32]

    /// Called once per task and attempt, before anything else.
    mutating func open(_ context: SpoutContext) throws

    /// From now on, `partition` is read from `offset`, or from before it: 0 when nothing was ever committed. Called at the start, and again for a replay.
    ///
    /// - Parameter fingerprint: what ``fingerprint(_:upTo:)`` returned when this very offset was committed; empty for offset 0 and for replays.
    ///   Throw when what lies before `offset` is no longer what it was (a file truncated or replaced): the topology then ends with this error.
    mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws

    /// Emits tuples of one partition in offset order and returns: until `output.isFull`, or fewer. Never blocks. Tuples that are skipped do not fill the
    /// output: a spout that goes far back returns now and then,
    /// with `.emitted`: `.idle` says that there is nothing more up to where it was asked to go.
    ///
    /// Look at `output.isFull` before each tuple: emitting past it is an error. Throwing ends the attempt like a bolt's error does.
    mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus

    /// At most 64 bytes that identify what lies before `offset`, to be stored with it. Empty by default: nothing is checked.
    mutating func fingerprint(_ partition: UInt32, upTo offset: UInt64) throws -> [UInt8]

    /// Everything before `offset` is committed and will never be asked for again. Called now and then, not per tuple.
    mutating func ack(_ partition: UInt32, upTo offset: UInt64)

    /// Tuples in `range` failed or timed out (at-least-once) and will be asked for again: a `seek` follows.
    mutating func fail(_ partition: UInt32, _ range: Range<UInt64>)

    /// Called when the topology ends, or this attempt.
    mutating func close()
}

extension ReplayableSpout {
    /// Does nothing.
    public mutating func open(_ context: SpoutContext) throws {}
    /// Nothing is stored, nothing will be checked.
    public mutating func fingerprint(_ partition: UInt32, upTo offset: UInt64) throws -> [UInt8] { [] }
    /// Does nothing.
    public mutating func ack(_ partition: UInt32, upTo offset: UInt64) {}
    /// Does nothing.
    public mutating func fail(_ partition: UInt32, _ range: Range<UInt64>) {}
    /// Does nothing.
    public mutating func close() {}
}
