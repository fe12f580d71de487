/// What to do with a batch of a source, given what is committed. These four are all the ways in which a range can lie to a point.
public enum OffsetDecision: Hashable, Sendable {
    /// The batch begins at the committed offset: all of it is new.
    case accept
    /// All of it was committed before, or it is empty: a replay.
    case skip
    /// Its beginning was committed before; only this rest of it is new.
    case trim(to: Range<UInt64>)
    /// Offsets are missing between what is committed and the batch.
    case gap(missing: Range<UInt64>)
}

/// Decides whether a batch of a source is new, a replay, both, or out of order. A value: facts in, decision out.
///
/// A source's offsets are contiguous per partition, and a commit stores the next one. So one comparison tells what a replay is,
/// whoever replays and however often (Trident's opaque spouts and Kafka Streams' consumer offsets rest on the same fact).
public enum OffsetGate {
    /// Compares the batch `[lowerBound, upperBound)` with the committed next offset; nil when nothing of this partition was committed yet,
    /// and then the batch may begin anywhere. O(1).
    public static func decide(batch: Range<UInt64>, next: UInt64?) -> OffsetDecision {
        guard let next else { return batch.isEmpty ? .skip : .accept }
        if batch.lowerBound > next { return .gap(missing: next..<batch.lowerBound) }
        if batch.upperBound <= next { return .skip }
        return batch.lowerBound == next ? .accept : .trim(to: next..<batch.upperBound)
    }
}
