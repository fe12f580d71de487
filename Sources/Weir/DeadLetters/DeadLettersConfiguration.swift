/// How many dead letters are kept, and what happens then.
public struct DeadLettersConfiguration: Hashable, Sendable {
    /// What happens when the table is full.
    public struct Overflow: Hashable, Sendable {
        private let drops: Bool
        /// The batch fails with `.deadLettersFull`, and so does the topology in the end: nothing is ever lost unseen.
        public static let refuse = Overflow(drops: false)
        /// The oldest letter goes: the topology goes on, and letters are lost.
        public static let dropOldest = Overflow(drops: true)
    }

    /// Letters kept per topology, at least 1.
    public var maximumCount: Int
    /// Bytes of a row that are kept; the letter says how many there were, and where the source has them.
    public var maximumRowBytes: Int
    /// What happens when there are `maximumCount`.
    public var overflow: Overflow

    /// Ten thousand letters with rows of up to 64 KiB; then batches with more are refused.
    public init(maximumCount: Int = 10_000, maximumRowBytes: Int = 65_536, overflow: Overflow = .refuse) {
        self.maximumCount = maximumCount
        self.maximumRowBytes = maximumRowBytes
        self.overflow = overflow
    }
}

/// How many letters a topology has, and the number that the last one got.
package struct DeadLetterAccount: Hashable, Sendable {
    package var last: UInt64 = 0
    package var count: UInt64 = 0

    package enum Verdict: Hashable, Sendable {
        case put(number: UInt64, dropping: UInt64)
        case full
    }

    /// Facts in, verdict out: under which number a new letter goes, and how many of the oldest go before; a slice at most. O(1).
    package func verdict(_ configuration: DeadLettersConfiguration) -> Verdict {
        let limit = UInt64(max(1, configuration.maximumCount))
        if count < limit { return .put(number: last + 1, dropping: 0) }
        if configuration.overflow == .refuse { return .full }
        return .put(number: last + 1, dropping: min(count - limit + 1, UInt64(ExpiryPolicy.slice)))
    }
}
