/// A point in time as Kafka's record timestamps have it: milliseconds since 1970-01-01 UTC.
///
/// Decisions never read a clock: they are given a timestamp. Whoever runs them takes it from a `WallClock`.
public struct Timestamp: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01 UTC.
    public let rawValue: UInt64

    /// The time so many milliseconds after 1970-01-01 UTC.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The time so many milliseconds after 1970-01-01 UTC.
    public init(milliseconds: UInt64) { rawValue = milliseconds }

    /// This time and a duration later, rounded down to a millisecond; no earlier than 1970 and no later than can be written. O(1).
    public func advanced(by duration: Duration) -> Timestamp {
        let step = duration.milliseconds
        if step < 0 { return Timestamp(rawValue: rawValue > step.magnitude ? rawValue - step.magnitude : 0) }
        let (sum, overflow) = rawValue.addingReportingOverflow(UInt64(step))
        return Timestamp(rawValue: overflow ? .max : sum)
    }

    /// Earlier comes first.
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.rawValue < b.rawValue }

    /// The milliseconds in decimal.
    public var description: String { String(rawValue) }
}

extension Duration {
    /// Whole milliseconds, towards zero; what does not fit becomes the nearest that does.
    package var milliseconds: Int64 {
        let parts = components
        let (product, overflow) = parts.seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return parts.seconds < 0 ? .min : .max }
        let (sum, beyond) = product.addingReportingOverflow(parts.attoseconds / 1_000_000_000_000_000)
        return beyond ? (parts.seconds < 0 ? .min : .max) : sum
    }
}
