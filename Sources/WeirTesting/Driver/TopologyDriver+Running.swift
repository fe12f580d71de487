import Weir
import WeirTopology

extension TopologyDriver {
    /// Plays a scenario, step by step.
    ///
    /// Throws what a run of the topology would end with, and a ``DriverError`` when the scenario asks for something that cannot be.
    public func run(_ scenario: [DriverStep]) throws {
        for step in scenario { try play(step) }
    }

    /// There are no more tuples: what was given is processed and committed, and the topology comes to its end, as a run of it does.
    public func finish() throws {
        try requireGoing()
        for script in scripts.values { script.complete() }
        stepped.wakeSpouts()
        var rounds = 0
        while !isFinished {
            rounds += 1
            guard rounds < Self.maximumRounds else { throw DriverError("The topology does not come to its end: a spout never finishes.") }
            try pass(options.guarantee.commitInterval)
        }
    }

    /// Commit intervals after which nothing more is to be expected.
    private static let maximumRounds = 2_000

    private var hasUncommitted: Bool {
        get throws {
            for (spout, script) in scripts {
                for (partition, count) in script.counts.enumerated()
                where try offset(of: spout, partition: UInt32(partition)) < UInt64(count) { return true }
            }
            return false
        }
    }

    private func play(_ step: DriverStep) throws {
        guard !isFinished else { throw DriverError("The topology has come to its end; \(step) comes after it.") }
        if case .crash = step.kind {} else { try requireGoing() }
        switch step.kind {
        case .tuple(let tuple, let spout, let partition):
            let script = try script(of: spout)
            guard partition < script.partitionCount else {
                throw DriverError(
                    "Partition \(partition) was given a tuple, and there are \(script.partitionCount): see Options.partitions.")
            }
            script.append(tuple, to: partition)
            stepped.wakeSpouts()
            try progress()
        case .commit: try commitAll()
        case .rollback:
            points.failNextWrite()
            try pass(options.guarantee.commitInterval)
            try settle()
        case .crash: try crash()
        case .replay:
            for script in scripts.values { script.breakOff() }
            stepped.wakeSpouts()
            try settle()
        case .crashLater(let decisions): crashAt = decisionCount + decisions
        case .advance(let duration, let settling): try pass(duration, settling: settling)
        }
    }

    private func requireGoing() throws {
        guard !hasGivenUp else {
            throw DriverError("The topology has given up: only .crash, which begins another process, goes on from here.")
        }
    }

    private func script(of spout: String?) throws -> Script {
        guard let name = spout ?? (scripts.count == 1 ? scripts.keys.first : nil) else {
            throw DriverError("Say to which spout the tuple is given: there are \(scripts.keys.sorted()).")
        }
        guard let script = scripts[name] else {
            throw DriverError("There is no scripted spout \"\(name)\"; there are \(scripts.keys.sorted()).")
        }
        return script
    }

    /// Commit intervals pass until everything that was given is committed.
    private func commitAll() throws {
        var rounds = 0
        repeat {
            rounds += 1
            guard rounds < Self.maximumRounds else {
                throw DriverError("What was given does not come to be committed, however much time passes.")
            }
            try pass(options.guarantee.commitInterval)
        } while try !isFinished && hasUncommitted
        try settle()
    }

    /// Time passes, in steps of the commit interval. At each, what is due is begun; with `settling` everything is done, else as much as the seed says.
    private func pass(_ duration: Duration, settling: Bool = false) throws {
        var left = duration
        while left > .zero, !isFinished {
            let slice = min(left, options.guarantee.commitInterval)
            clock.advance(by: slice)
            left -= slice
            trace.append(.time)
            stepped.turn()
            if settling || Bool.random(using: &random) { try settle() } else { try progress() }
        }
    }

    /// Makes some decisions.
    private func progress() throws {
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            guard try decide() else { return }
        }
    }

    /// Makes decisions until nothing can be done at this time.
    func settle() throws {
        let start = decisionCount
        while try decide() {
            guard decisionCount < start + Self.maximumDecisions else {
                throw DriverError(
                    "Tasks keep each other busy though no time passes: \(Set(trace.suffix(100).map(\.description)).sorted().joined(separator: ", "))."
                )
            }
        }
    }

    /// Decisions at one time after which nothing is done any more but running in circles.
    private static let maximumDecisions = 100_000

    /// One decision, drawn from everything that could come next: a task, a commit, word of a commit. False when there is nothing.
    private func decide() throws -> Bool {
        guard !isFinished else { return false }
        if decisionCount == crashAt {
            crashAt = nil
            try crash()
            return true
        }
        decisionCount += 1
        if stepped.isOver {
            trace.append(.restart)
            do { isFinished = try !stepped.conclude() } catch {
                hasGivenUp = true
                throw error
            }
            return true
        }
        let runnable = stepped.runnable
        let waiting = stepped.waitingCommits
        let unheard = stepped.unacknowledgedCommits
        let count = runnable.count + (waiting > 0 ? 1 : 0) + (unheard > 0 ? 1 : 0)
        guard count > 0 else {
            decisionCount -= 1
            return false
        }
        let choice = Int.random(in: 0..<count, using: &random)
        if choice < runnable.count {
            trace.append(.task(runnable[choice].component, runnable[choice].task))
            stepped.step(choice)
        } else if choice == runnable.count, waiting > 0 {
            try commit(Int.random(in: 1...waiting, using: &random))
        } else {
            trace.append(.acknowledge)
            stepped.acknowledge()
        }
        return true
    }

    private func commit(_ count: Int) throws {
        let numbers = commits + 1...commits + count
        if case .commit(let number, .before, let twice) = crashPoint?.kind, numbers.contains(number) {
            crashPoint = twice ? CrashPoint(.commit(number + 1, .before, twice: false)) : nil
            return try crash()
        }
        trace.append(.commit(count))
        commits += count
        let captures = Array(captures.values)
        let results = stepped.commit(count) { position in for capture in captures { capture.begin(position) } }
        let committed = results.map { if case .success = $0 { true } else { false } }
        for capture in captures { capture.settle(committed: committed) }
        try onCommit?(self)
        if case .commit(let number, .after, let twice) = crashPoint?.kind, numbers.contains(number) {
            crashPoint = twice ? CrashPoint(.commit(numbers.upperBound + 1, .after, twice: false)) : nil
            try crash()
        }
    }

    /// Whether it came to the point where it was planned to fail: at the first time, where it fails twice.
    func hasReached(_ point: CrashPoint) -> Bool {
        switch point.kind {
        case .decision: crashAt == nil
        case .commit(_, .before, _), .commit(_, .after, _): crashPoint != point
        case .commit: points.hits > 0
        }
    }

    /// Has the run fail at a point.
    func plan(_ point: CrashPoint) {
        switch point.kind {
        case .decision(let number): crashAt = number
        case .commit(_, .before, _), .commit(_, .after, _): crashPoint = point
        case .commit(let number, let place, let twice): points.plan(place, number, twice: twice)
        }
    }
}

/// A scenario asks for something that cannot be.
public struct DriverError: Error, Sendable, CustomStringConvertible {
    /// What, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
