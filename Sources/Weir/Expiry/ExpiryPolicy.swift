/// How many entries are kept, and how long after they were last used.
///
/// The last use is known coarsely: an entry moves to the young end of the order only when `granularity` has passed since it last did, so that one in
/// constant use does not cost a second write each time. So an entry is kept for at least `maximumAge` after its last use, and goes in
/// the slices that follow `maximumAge` + `granularity`.
///
/// - Entries go in bounded slices inside the commits that add or move entries: at most `ExpiryPolicy.slice` each. Where nothing
///   is added, nothing goes and nothing grows.
/// - At `maximumCount` the longest unused goes before a new one enters.
/// - An entry's time never runs backwards: the latest time seen is stored, and a use at an earlier one counts as that. Its age is up by what the clock
///   shows then, not by the latest that it ever showed. So a machine that starts in 1970 forgets nothing too early, and after a jump into the future and
///   back, which forgets what is old by that clock, age is suspended until time has caught up. The count limit always holds.
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

/// Where an entry lies in its scope's order, and since when: stored in the row that it belongs to.
package struct ExpiryMark: Hashable, Sendable {
    /// Greater is younger.
    package var position: UInt64
    /// When it came there, in milliseconds since 1970: its last use is less than a grain later.
    package var time: UInt64

    package init(position: UInt64, time: UInt64) {
        self.position = position
        self.time = time
    }
}

/// How many entries one scope of an index has, the latest time it has seen, and the next position.
package struct ExpiryAccount: Hashable, Sendable {
    package var count: UInt64 = 0
    /// Milliseconds since 1970.
    package var latest: UInt64 = 0
    /// The position of the entry that comes next.
    package var next: UInt64 = 0

    package init(count: UInt64 = 0, latest: UInt64 = 0, next: UInt64 = 0) {
        self.count = count
        self.latest = latest
        self.next = next
    }
}

// The decisions: facts in, actions out.
extension ExpiryPolicy {
    /// Whether an entry that is used now stays where it is. The whole cost of an entry in constant use.
    @inline(__always)
    package func stays(_ mark: ExpiryMark, at now: Timestamp) -> Bool { now.rawValue < Self.sum(mark.time, grain) }

    /// Whether the age is up of an entry that came to its position at `time`.
    ///
    /// Up to its next move an entry may be used without a word, and so until the grain after `time`. What ends behind all time does not end.
    package func isExpired(_ time: UInt64, at now: Timestamp) -> Bool {
        guard let age else { return false }
        let (used, overflow) = time.addingReportingOverflow(grain)
        let (end, beyond) = used.addingReportingOverflow(age)
        return !overflow && !beyond && end <= now.rawValue
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

extension ExpiryAccount {
    /// Gives the youngest position to an entry, new or in use. Time never runs backwards: an earlier one counts as the latest seen.
    package mutating func mark(at now: Timestamp) -> ExpiryMark {
        latest = max(latest, now.rawValue)
        defer { next += 1 }
        return ExpiryMark(position: next, time: latest)
    }
}
