/// How many entries are kept, and how long after they were last used.
///
/// Times are kept coarsely: an entry's place in the order of age moves only when `granularity` has passed since its last move, so that one in
/// constant use does not cost a second write each time. So an entry is kept for at least `maximumAge` after its last use, and goes, at the
/// latest, in the slices that follow `maximumAge` + `granularity`.
///
/// - Entries go in bounded slices inside the commits that add or move entries: at most `ExpiryPolicy.slice` each. Where nothing
///   is added, nothing goes and nothing grows.
/// - At `maximumCount` the longest unused goes before a new one enters.
/// - Time never runs backwards here: the latest time seen is stored, and an earlier one counts as that. So a machine that starts in 1970 forgets
///   nothing too early. After a jump into the future, age is suspended until time has caught up; the count limit always holds.
public struct ExpiryPolicy: Hashable, Sendable {
    /// Entries kept, at least 1.
    public let maximumCount: Int
    /// How long after its last use an entry is kept; nil: until the count limit.
    public let maximumAge: Duration?
    /// How coarsely the last use is known.
    public let granularity: Duration

    /// Entries that may go in one commit.
    public static let slice = 64

    let age: UInt64?
    let grain: UInt64

    /// A policy; values below 1 entry or 1 millisecond count as that. `granularity` is a 32nd of the age (an hour without one) unless given.
    public init(maximumCount: Int, maximumAge: Duration?, granularity: Duration? = nil) {
        self.maximumCount = max(1, maximumCount)
        self.maximumAge = maximumAge
        age = maximumAge.map { UInt64(max(1, $0.milliseconds)) }
        grain = granularity.map { UInt64(max(1, $0.milliseconds)) } ?? max(1, age.map { $0 / 32 } ?? 3_600_000)
        self.granularity = .milliseconds(Int64(clamping: grain))
    }
}

/// How many entries one scope of an index has, and the latest time it has seen.
package struct ExpiryAccount: Hashable, Sendable {
    package var count: UInt64 = 0
    /// Milliseconds since 1970.
    package var latest: UInt64 = 0
}

/// Where an entry belongs in the order of age.
package enum ExpiryPlacement: Hashable, Sendable {
    case stays(UInt64)
    case enters(UInt64)
    case moves(from: UInt64, to: UInt64)
}

// The decisions: facts in, actions out.
extension ExpiryPolicy {
    /// Whether an entry with this stamp stays where it is. The whole cost of an entry in constant use.
    @inline(__always)
    package func stays(_ stamp: UInt64, at now: Timestamp) -> Bool { now.rawValue < Self.sum(stamp, grain) }

    /// Where an entry belongs that is used now and has the stamp `previous`, nil when it is new.
    package func placement(of previous: UInt64?, at now: Timestamp, _ account: ExpiryAccount) -> ExpiryPlacement {
        let time = max(now.rawValue, account.latest)
        let stamp = time - time % grain
        guard let previous else { return .enters(stamp) }
        return stamp <= previous ? .stays(previous) : .moves(from: previous, to: stamp)
    }

    /// Whether an entry's age is up.
    package func isExpired(_ stamp: UInt64, at now: Timestamp, _ account: ExpiryAccount) -> Bool {
        guard let age else { return false }
        return Self.sum(Self.sum(stamp, grain), age) <= max(now.rawValue, account.latest)
    }

    /// How many must go, whatever their age, so that `entering` more fit; a slice at most.
    package func surplus(entering: UInt64, _ account: ExpiryAccount) -> Int {
        let (wanted, limit) = (account.count + entering, UInt64(maximumCount))
        return wanted > limit ? Int(min(wanted - limit, UInt64(Self.slice), account.count)) : 0
    }

    private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }
}
