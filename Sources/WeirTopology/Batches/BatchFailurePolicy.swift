/// Decides how a run goes on after a failure: again, with smaller batches, without one tuple, or not at all.
///
/// A batch that fails `maximumAttempts` times is taken apart: the next batch has half as many tuples, and so on, down to the one that fails by itself;
/// this one goes to the dead letters in the commit that goes on without it. Batches of the suspects that do commit are out of suspicion.
struct BatchFailurePolicy: Equatable {
    /// A tuple, by where its spout read it.
    struct Origin: Hashable, Sendable {
        let component: String
        let partition: UInt32
        let offset: UInt64
    }

    struct Failure: Equatable {
        /// Whether processing tuples failed: only then can it be a tuple's fault.
        let isProcessing: Bool
        /// Tuples that were emitted since the last commit.
        let emitted: Int
        /// The tuple, when it was one.
        let single: Origin?
    }

    /// How to start again.
    struct Plan: Equatable, Sendable {
        /// Tuples per batch, over all spouts, and one batch at a time; nil: as usual.
        var batchLimit: Int?
        /// The tuples that go to the dead letters.
        var poison: Set<Origin> = []
    }

    enum Decision: Equatable {
        case again(Plan)
        case giveUp
    }

    let maximumAttempts: Int
    /// Failures since something was committed.
    private(set) var failures = 0
    /// Those of them that can be no tuple's fault: commits, mostly. They have a limit of their own, since taking a batch apart takes many failures.
    private var otherFailures = 0
    private(set) var plan = Plan()
    /// Tuples among which the poison is, while batches are limited.
    private(set) var suspects = 0

    init(maximumAttempts: Int) { self.maximumAttempts = maximumAttempts }

    /// A batch with so many tuples was committed, of which some went to the dead letters.
    mutating func committed(_ emitted: Int, deadLetters: [Origin] = []) {
        guard emitted > 0 else { return }
        failures = 0
        otherFailures = 0
        plan.poison.subtract(deadLetters)
        guard plan.batchLimit != nil else { return }
        suspects -= emitted
        plan.batchLimit = suspects > 0 ? (suspects + 1) / 2 : nil
    }

    /// The attempt failed.
    mutating func failed(_ failure: Failure) -> Decision {
        failures += 1
        // Halving an Int takes 64 failures at most: what fails longer than that is not a tuple's fault.
        guard failures < 2 * maximumAttempts + Int.bitWidth else { return .giveUp }
        guard failure.isProcessing, failure.emitted > 0 else {
            otherFailures += 1
            return otherFailures < maximumAttempts ? .again(plan) : .giveUp
        }
        if let limit = plan.batchLimit {
            suspects = min(suspects, failure.emitted)
            plan.batchLimit = max(1, min(limit, failure.emitted) / 2)
        } else {
            guard failures >= maximumAttempts else { return .again(plan) }
            suspects = failure.emitted
            plan.batchLimit = max(1, failure.emitted / 2)
        }
        if failure.emitted == 1, let single = failure.single, !plan.poison.insert(single).inserted, failures >= maximumAttempts {
            return .giveUp
        }
        return .again(plan)
    }
}
