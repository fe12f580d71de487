/// The number of a batch in its stream: Trident's transaction ID (txid). From 1, without gaps; a batch that is replayed keeps its own.
public struct BatchID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number itself.
    public let rawValue: UInt64

    /// The batch with this number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Before every batch.
    public static let zero = BatchID(rawValue: 0)

    /// The batch that follows.
    public var next: BatchID { BatchID(rawValue: rawValue + 1) }

    /// Earlier batches come first.
    public static func < (a: BatchID, b: BatchID) -> Bool { a.rawValue < b.rawValue }

    /// The number in decimal.
    public var description: String { String(rawValue) }
}

/// One try at a batch: Trident's TransactionAttempt, with the incarnation of the stream that tries.
///
/// Only the newest attempt of a batch, by the newest incarnation, may commit. All others are zombies.
public struct BatchAttempt: Hashable, Sendable, CustomStringConvertible {
    /// The stream's incarnation, counted on whenever the stream is opened.
    public let epoch: UInt64
    /// Which batch.
    public let batch: BatchID
    /// Which try at it in this incarnation, from 0.
    public let attempt: UInt32

    /// A try at a batch.
    public init(epoch: UInt64, batch: BatchID, attempt: UInt32) {
        self.epoch = epoch
        self.batch = batch
        self.attempt = attempt
    }

    /// For messages: all of it in words.
    public var description: String { "batch \(batch), attempt \(attempt), epoch \(epoch)" }
}
