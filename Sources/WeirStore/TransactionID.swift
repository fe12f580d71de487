/// The number of a commit: durable, strictly increasing and gapless, counted from 1. Zero is the empty store.
///
/// One LMDB commit is one transaction ID, however many callers shared it.
public struct TransactionID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number itself.
    public let rawValue: UInt64

    /// The transaction ID with this number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Older than every commit.
    public static let zero = TransactionID(rawValue: 0)

    /// The one that follows.
    public var next: TransactionID { TransactionID(rawValue: rawValue + 1) }

    /// Older commits come first.
    public static func < (a: TransactionID, b: TransactionID) -> Bool { a.rawValue < b.rawValue }

    /// The number in decimal.
    public var description: String { String(rawValue) }
}
