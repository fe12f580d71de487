import WeirStore
import WeirTopology

/// Proves that a topology has each tuple's effects once, whatever fails: plays the scenario undisturbed, which is the oracle, and then again for each point
/// where it can fail, with a failure there; each time the states, user tables, offsets and dead letters must be the oracle's, byte for byte. Emitted tuples
/// are compared where `options.captured` names their stream: the committed ones, in any order. Other outputs are rows that bolts stage.
///
///     @Test func countsOnce() throws {
///         try verifyExactlyOnce(["to be", "or not", .commit, "to be"]) { _ in wordCount() }
///     }
///
/// The points: before each batch is written, at its handing over, undone inside of the store, after it is durable and before anybody knows (each also twice in a
/// row, so that a recovery fails, too); and the end of the process after any of the scheduler's decisions (`decisions` of them, spread evenly). A failure is
/// an ``ExactlyOnceViolation`` with the seed and the point, and the call that repeats just this run. What would prove nothing is a ``DriverError``: a scenario
/// in which nothing is committed, or a point that is never reached.
///
/// It is the result that is compared, so the result must not depend on chance: where a batch ends, how the tuples of several partitions or tasks
/// interleave, and how often a tick came, are different after a failure, and may be. A bolt that numbers what it is given depends on it; one that counts
/// does not.
/// - Parameters:
///   - input: the scenario; the topology is run to its end after it.
///   - seed: what the schedule is drawn from; by default another one each time. A failure prints it.
///   - point: only this one.
///   - decisions: how many of the scheduler's decisions are followed by the end of the process.
///   - making: makes the topology for a store; called for each run, and again after each crash.
@discardableResult
public func verifyExactlyOnce(
    _ input: [DriverStep], seed: UInt64 = .random(in: 0 ... .max), only point: CrashPoint? = nil, decisions: Int = 24,
    options: TopologyDriver.Options = .init(), _ making: @escaping TopologyDriver.Making
) throws -> ExactlyOnceReport {
    let proof = TopologyProof(input: input, seed: seed, options: options, making: making)
    let oracle = try proof.run(failing: nil)
    guard oracle.commits > 0 else { throw DriverError("Nothing is committed in this scenario, so nothing can be proved with it.") }
    let points = point.map { [$0] } ?? oracle.points(decisions: decisions)
    for point in points {
        let call = "verifyExactlyOnce(..., seed: \(seed), only: CrashPoint(\"\(point)\"))"
        let differences: [String]
        do {
            let result = try proof.run(failing: point)
            guard result.hasReached else { throw NotReached() }
            differences = result.contents.differences(from: oracle.contents) + result.output.differences(from: oracle.output)
        } catch is NotReached {
            throw DriverError(
                "\"\(point)\" is never reached: undisturbed, this scenario has \(oracle.commits) commits and \(oracle.decisions) decisions."
            )
        } catch {
            differences = ["it ended with an error: \(error)"]
        }
        guard differences.isEmpty else { throw ExactlyOnceViolation(seed: seed, point: "\(point)", differences: differences, call: call) }
    }
    return ExactlyOnceReport(
        seed: seed, commits: oracle.commits, decisions: oracle.decisions, points: points.map(\.description))
}

private struct NotReached: Error {}

private struct TopologyProof {
    let input: [DriverStep]
    let seed: UInt64
    let options: TopologyDriver.Options
    let making: TopologyDriver.Making

    struct Result {
        let contents: StoreContents
        let output: CapturedOutput
        /// Whether it came to where it was to fail.
        let hasReached: Bool
        let commits: Int
        let submissions: Int
        let decisions: Int

        func points(decisions count: Int) -> [CrashPoint] {
            var points: [CrashPoint] = []
            for place in CrashPoint.Place.allCases {
                let last = place == .submission ? submissions : commits
                for number in 1..<max(1, last + 1) {
                    points.append(CrashPoint(.commit(number, place, twice: false)))
                    points.append(CrashPoint(.commit(number, place, twice: true)))
                }
            }
            let step = max(1, (decisions + count - 1) / max(1, count))
            return points + stride(from: 0, to: count > 0 ? decisions : 0, by: step).map { CrashPoint(.decision($0)) }
        }
    }

    /// How often each tuple was emitted in what is committed.
    struct CapturedOutput {
        private var counts: [String: Int] = [:]

        init(of driver: TopologyDriver, _ streams: [TopologyDriver.StreamName]) {
            for name in Set(streams) {
                for tuple in driver.output(of: name.component, stream: name.stream) {
                    counts["\(name.component).\(name.stream): \(tuple)", default: 0] += 1
                }
            }
        }

        func differences(from expected: CapturedOutput) -> [String] {
            Set(counts.keys).union(expected.counts.keys).sorted().compactMap { tuple in
                let (found, wanted) = (counts[tuple, default: 0], expected.counts[tuple, default: 0])
                return found == wanted ? nil : "emitted \(found) times, not \(wanted): \(tuple)"
            }
        }
    }

    func run(failing point: CrashPoint?) throws -> Result {
        try withTemporaryFolder(inMemory: true) { folder in
            let driver = try TopologyDriver(in: folder, seed: seed, options: options, making)
            if let point { driver.plan(point) }
            try driver.run(input)
            try driver.finish()
            try requireSound(driver.store.path)
            return Result(
                contents: try StoreContents(of: driver.store), output: CapturedOutput(of: driver, options.captured),
                hasReached: point.map { driver.hasReached($0) } ?? true, commits: driver.commits, submissions: driver.points.submissions,
                decisions: driver.decisionCount)
        }
    }
}
