public import Weir

/// A bolt that must see each tuple once, also where tuples are replayed: the runtime skips what it has seen (see OriginFilter).
package protocol DeduplicatingBolt {}

/// In an at-least-once topology this bolt alone has its effects once: its task remembers the origins of the tuples it has processed above the
/// committed offsets, in the same commits as its state, and skips what it has seen. In the other guarantees the bolt is passed through.
///
/// Two things are asked of the bolts before it: the same tuple gives the same emissions in the same order, and what they emit is anchored
/// (emissions from `tick` and `finishBatch` have no origin and are never skipped). Groupings before it must give the same task to the same tuple:
/// all but custom and direct ones do.
extension ExactlyOnce: Bolt where Wrapped: Bolt {
    /// The wrapped bolt's.
    public var outputs: [StreamDeclaration] { wrapped.outputs }
    /// Calls the wrapped bolt.
    public mutating func prepare(_ context: BoltContext) throws { try wrapped.prepare(context) }
    /// Calls the wrapped bolt; the runtime has seen to it that it is the first time.
    public mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws { try wrapped.execute(tuple, &output) }
    /// Calls the wrapped bolt.
    public mutating func tick(_ output: inout Output) throws { try wrapped.tick(&output) }
    /// Calls the wrapped bolt.
    public mutating func finishBatch(_ output: inout Output) throws { try wrapped.finishBatch(&output) }
    /// Calls the wrapped bolt.
    public mutating func cleanup() { wrapped.cleanup() }
}

extension ExactlyOnce: DeduplicatingBolt where Wrapped: Bolt {}
