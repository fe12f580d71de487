/// How many keys a state folds with a capture, so that the journal's tail stays under its limit: a pure value.
///
/// A fold round begins with the keys that are changed and not folded then. It is paced by the bytes that all tasks add to the journal:
/// after three eighths of the limit the round is over. A row is deleted when every state has ended a round that began after it, and a
/// state begins its next round when one ends; so a row lives for at most two rounds, which is three quarters of the limit. Beyond that,
/// and while memory is short, as many keys are folded as a commit may. The last quarter is for what is in flight and for batches that
/// are larger than usual; what happens when it is not enough is the journal's to decide (`StateConfiguration.journalLimit`).
package struct FoldPace: Sendable, Equatable {
    /// Bytes that a round may last.
    package let budget: UInt64
    /// Bytes of the tail from which on folding takes precedence.
    package let threshold: Int
    private var total = 0
    private var began: UInt64 = 0

    package init(limit: Int) {
        budget = UInt64(max(1, limit / 8 * 3))
        threshold = limit / 4 * 3
    }

    /// Whether folding takes precedence over its cost.
    package func isRushed(tail: Int) -> Bool { tail > threshold }

    /// A round of this many keys begins, after this many bytes were ever added to the journal.
    package mutating func begin(keys: Int, appended: UInt64) {
        total = keys
        began = appended
    }

    /// How many of the `left` keys are due now.
    package func due(left: Int, appended: UInt64, tail: Int) -> Int {
        let passed = appended &- began
        if isRushed(tail: tail) || passed >= budget { return left }
        // passed < budget, so the quotient is below `total`, and fits.
        let product = UInt64(total).multipliedFullWidth(by: passed)
        let target = Int(budget.dividingFullWidth(product).quotient)
        return max(0, min(left, target - (total - left)))
    }
}
