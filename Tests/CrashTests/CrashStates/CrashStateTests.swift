import Foundation
import Testing
import WeirTesting

/// Row 3: all states of the data file that a crash may leave. The shim records a life's writes and flushes; out of that come, at every flush, all choices of the
/// pages that were not flushed yet (or many, where they are too many), and pages torn at 512 bytes. Each must show a commit that was promised, or the one in flight,
/// to the last record. LMDB's meta page (120 bytes within one sector) is taken to be written whole or not at all.
///
/// `WEIR_PROOF_COMMITS` (60) steps are recorded of each of `WEIR_PROOF_ROUNDS` (1) seeds; `WEIR_PROOF_CHOICES` (64) choices and `WEIR_PROOF_TEARS` (8) torn states are tried at a point.
@Suite(
    "Every state that a crash may leave", .serialized,
    .enabled(if: Shim.shared != nil && Program.crashSubject != nil, "skipped: \(Shim.isMissing)"))
struct CrashStateTests {
    /// As the program prints it.
    struct Tally: Decodable {
        let commits, complete, points, states, torn, opened, bad: Int
        let examples: [String]
    }

    @Test("full durability: what was acknowledged is there, and at most the commit in flight besides")
    func full() throws {
        try prove("crash states of full durability", durability: "full", mayLose: 0)
    }

    @Test("the weaker mode: intact, and at most the newest commit is gone")
    func lastCommitMayBeLost() throws {
        try prove("crash states without a flushed meta page", durability: "meta", mayLose: 1)
    }

    @Test("without flushes, states are damaged or lose what was acknowledged: the search finds them")
    func control() throws {
        let tally = try search(seed: ProofSize.seed, durability: "none", mayLose: 0)
        ProofSize.report(row: 3, "crash states without flushes (must be bad)", done: tally.states, bad: tally.bad)
        #expect(tally.bad > tally.states / 4, "\(tally)")
    }

    private func prove(_ what: String, durability: String, mayLose: Int) throws {
        var (states, bad, points, complete, commits) = (0, 0, 0, 0, 0)
        for round in 0..<max(1, ProofSize.number("ROUNDS", 1)) {
            let tally = try search(seed: ProofSize.seed &+ UInt64(round), durability: durability, mayLose: mayLose)
            #expect(tally.bad == 0, "seed \(ProofSize.seed &+ UInt64(round)): \(tally.examples.joined(separator: "\n"))")
            #expect(tally.commits > 20 && tally.torn > 0)
            states += tally.states
            bad += tally.bad
            points += tally.points
            complete += tally.complete
            commits += tally.commits
        }
        ProofSize.report(row: 3, "\(what) (\(commits) commits, \(complete) of \(points) points complete)", done: states, bad: bad)
    }

    private func search(seed: UInt64, durability: String, mayLose: Int) throws -> Tally {
        let program = try #require(Program.crashSubject)
        let shim = try #require(Shim.shared)
        return try withTemporaryFolder(inMemory: true) { folder in
            let (store, recording) = ("\(folder)/store", "\(folder)/recording")
            let life = try program.run(
                [
                    "steps", store, "--seed", "\(seed)", "--steps", "\(ProofSize.number("COMMITS", 60))", "--plain", "--durability",
                    durability,
                ],
                environment: shim.environment(Shim.Fault(action: .record), prefix: store, log: recording))
            try #require(life.status == 0, "\(life.errors)")
            let search = try program.run([
                "states", store, recording, "--seed", "\(seed)", "--may-lose", "\(mayLose)", "--choices",
                "\(ProofSize.number("CHOICES", 64))", "--tears", "\(ProofSize.number("TEARS", 8))",
            ])
            try #require(search.status == 0, "\(search.errors)")
            return try JSONDecoder().decode(Tally.self, from: Data(search.output.utf8))
        }
    }
}
