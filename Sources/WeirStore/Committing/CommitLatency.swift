/// How long commits took: counts in buckets, four to an octave, so that a percentile is right to a fifth. From 256 ns to 70 minutes.
public struct CommitLatency: Hashable, Sendable {
    static let buckets = 136
    /// What the first bucket ends with; durations are counted in units of it.
    private static let unitBits: UInt64 = 8

    var counts = [UInt64](repeating: 0, count: Self.buckets)

    /// How many commits were counted.
    public var count: UInt64 { counts.reduce(0, &+) }

    mutating func add(nanoseconds: UInt64) { counts[Self.bucket(nanoseconds)] &+= 1 }

    /// The commits that came since an earlier reading of the same process. Any other reading gives this one as it is.
    public func since(_ earlier: CommitLatency) -> CommitLatency {
        guard zip(counts, earlier.counts).allSatisfy({ $0 >= $1 }) else { return self }
        var latency = self
        for index in counts.indices { latency.counts[index] -= earlier.counts[index] }
        return latency
    }

    /// The duration that this share of the commits did not exceed, to the end of its bucket; nil without commits. `share` is from 0 to 1.
    public func percentile(_ share: Double) -> Duration? {
        let total = count
        guard total > 0 else { return nil }
        let share = share.isNaN ? 0 : min(max(share, 0), 1)
        // The nearest number to a total of nearly 2^64 is 2^64.
        let rank = max(1, UInt64(exactly: (Double(total) * share).rounded(.up)) ?? total)
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen &+= count
            if seen >= rank { return .nanoseconds(Int64(Self.end(of: index))) }
        }
        return .nanoseconds(Int64(Self.end(of: Self.buckets - 1)))
    }

    /// The first four buckets have a unit each; from there on every doubling is cut into four.
    static func bucket(_ nanoseconds: UInt64) -> Int {
        let units = nanoseconds >> unitBits
        guard units >= 4 else { return Int(units) }
        let octave = 63 - units.leadingZeroBitCount
        return min(buckets - 1, (octave - 1) * 4 + Int((units >> UInt64(octave - 2)) & 3))
    }

    static func end(of bucket: Int) -> UInt64 {
        guard bucket >= 4 else { return UInt64(bucket + 1) << unitBits }
        let octave = UInt64(bucket / 4 + 1)
        return (UInt64(4 + bucket % 4 + 1) << (octave - 2)) << unitBits
    }
}
