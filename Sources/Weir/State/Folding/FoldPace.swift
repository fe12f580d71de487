/// How many keys a state folds with a capture, so that the journal's tail stays under its limit: a pure value.
///
/// A fold round takes the keys that are changed and not folded when it begins. It lasts as long as the window in which it begins; a
/// window is five sixteenths of the limit, counted in the bytes that all tasks add to the journal, so that all states go through their
/// keys side by side: a page of the B-tree that they share is written once a round, and not once for each of them. A row is deleted when
/// every state has ended a round that began after it, and a state begins its next round when one ends; so a row lives for at most two
/// windows, five eighths of the limit. The next eighth is for what is in flight and for rows that wait to be deleted.
///
/// From three quarters on, more is folded, little by little: at seven eighths everything, as far as a commit may. No tail makes a
/// single commit long while there is another way. What happens when all this is not enough is the journal's to decide
/// (`StateConfiguration.journalLimit`).
package struct FoldPace: Sendable, Equatable {
    /// Bytes of a window.
    package let budget: UInt64
    /// Bytes of the tail from which on more is folded than is due.
    package let threshold: Int
    /// Bytes of the tail from which on folding takes precedence over its cost.
    package let rush: Int
    /// Where the windows are counted from.
    private let origin: UInt64
    private var total = 0
    private var began: UInt64 = 0
    /// Bytes that the round may last.
    private var length: UInt64 = 1

    package init(limit: Int, origin: UInt64 = 0) {
        budget = UInt64(max(1, limit / 16 * 5))
        threshold = limit / 4 * 3
        rush = limit / 8 * 7
        self.origin = origin
    }

    /// Whether more than is due is folded.
    package func isHurried(tail: Int) -> Bool { tail > threshold }

    /// Whether folding takes precedence over its cost: rounds need not wait for their window.
    package func isRushed(tail: Int) -> Bool { tail > rush }

    /// A round of this many keys begins, after this many bytes were ever added to the journal.
    package mutating func begin(keys: Int, appended: UInt64) {
        total = keys
        began = appended
        length = budget - (appended &- origin) % budget
        // What begins late, after a recovery, say, is not pressed into the end of its window.
        if length < budget / 2 { length += budget }
    }

    /// How many of the `left` keys are due now.
    package func due(left: Int, appended: UInt64, tail: Int) -> Int {
        let passed = appended &- began
        if isRushed(tail: tail) || passed >= length { return left }
        let target = Self.share(of: total, passed, length)
        let due = max(0, min(left, target - (total - left)))
        guard isHurried(tail: tail) else { return due }
        return max(due, Self.share(of: left, UInt64(tail - threshold), UInt64(max(1, rush - threshold))))
    }

    /// `part` is at most `whole`, so the quotient is at most `number`, and fits.
    private static func share(of number: Int, _ part: UInt64, _ whole: UInt64) -> Int {
        guard part < whole else { return number }
        return Int(whole.dividingFullWidth(UInt64(number).multipliedFullWidth(by: part)).quotient)
    }
}
