/// A disturbed run came to something else than the undisturbed one. Says how to have just this run again.
public struct ExactlyOnceViolation: Error, Sendable, CustomStringConvertible {
    /// What the run drew its decisions from.
    public let seed: UInt64
    /// Where it was disturbed.
    public let point: String
    /// What differs: what was found, and what was expected.
    public let differences: [String]
    /// The call that repeats it.
    public let call: String

    init(seed: UInt64, point: String, differences: [String], call: String) {
        self.seed = seed
        self.point = point
        self.differences = differences
        self.call = call
    }

    /// All of it.
    public var description: String {
        """
        Not exactly once: failing at "\(point)" (seed \(seed)) made a difference.
          \(differences.joined(separator: "\n  "))
        Just this again: \(call)
        """
    }
}

/// What was proved, when nothing failed.
public struct ExactlyOnceReport: Sendable, CustomStringConvertible {
    /// What the runs drew their decisions from.
    public let seed: UInt64
    /// Batches that the undisturbed run committed, and the scheduler's decisions that it took. Of a function: its messages.
    public let commits: Int
    /// Decisions of the undisturbed run.
    public let decisions: Int
    /// The disturbed runs, by where they were disturbed.
    public let points: [String]

    /// One line.
    public var description: String { "exactly once at \(points.count) points: \(commits) commits, \(decisions) decisions, seed \(seed)" }
}
