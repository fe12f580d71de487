/// The number of a producer's message within its epoch and partition, as Kafka counts: from 0 to 2^31 - 1, and then from 0 again.
///
/// Distances are taken around that circle, so that nothing special happens at the wrap.
public struct SequenceNumber: Hashable, Sendable, CustomStringConvertible {
    /// 0 to 2^31 - 1.
    public let rawValue: Int32

    /// Kafka's Int32; nil when it is negative.
    public init?(rawValue: Int32) {
        guard rawValue >= 0 else { return nil }
        self.rawValue = rawValue
    }

    /// A counter of any length, taken modulo 2^31: for producers that count in 64 bits.
    public init(wrapping counter: UInt64) { rawValue = Int32(truncatingIfNeeded: counter & 0x7FFF_FFFF) }

    /// With which every epoch begins.
    public static let zero = SequenceNumber(wrapping: 0)

    /// The number so many messages later. O(1).
    public func advanced(by count: UInt32) -> SequenceNumber { SequenceNumber(wrapping: UInt64(rawValue) + UInt64(count)) }

    /// How many messages later `other` comes, going forward around the circle: 0 to 2^31 - 1. O(1).
    public func distance(to other: SequenceNumber) -> UInt32 {
        UInt32(truncatingIfNeeded: Int64(other.rawValue) - Int64(rawValue)) & 0x7FFF_FFFF
    }

    /// The number in decimal.
    public var description: String { String(rawValue) }
}

extension SequenceNumber: ExpressibleByIntegerLiteral {
    /// A literal from 0 to 2^31 - 1; any other is a bug and traps.
    public init(integerLiteral value: Int32) {
        precondition(value >= 0, "A sequence number is not negative.")
        rawValue = value
    }
}
