import Foundation
import Testing
import WeirTesting

/// Row 1: the process is killed right before and right after a call by which it changes its files. What was acknowledged is there, at most what was
/// begun besides, everything once, and the store goes on.
///
/// `WEIR_PROOF_POSITIONS` (24) calls are tried of each of `WEIR_PROOF_ROUNDS` (1) seeds: 0 tries every one. `WEIR_PROOF_KILLS` (12) more are drawn with a seed each.
@Suite(
    "Killed before and after every system call", .serialized,
    .enabled(if: Shim.shared != nil && Program.crashSubject != nil, "skipped: \(Shim.isMissing)"))
struct KillPositionTests {
    static let steps = 48

    private func trial(seed: UInt64, _ options: [String] = []) throws -> ModelTrial {
        ModelTrial(
            shim: try #require(Shim.shared), program: try #require(Program.crashSubject), seed: seed, steps: Self.steps, options: options)
    }

    @Test("what was acknowledged is there, and at most what was begun besides")
    func positions() throws {
        var random = SeededGenerator(seed: ProofSize.seed)
        var done = 0
        var wrong: [String] = []
        for round in 0..<max(1, ProofSize.number("ROUNDS", 1)) {
            let trial = try trial(seed: ProofSize.seed &+ UInt64(round))
            let calls = try trial.calls().count
            try #require(calls > 100, "an undisturbed life made \(calls) calls")
            let faults = Self.positions(of: calls, &random).flatMap { call in
                [Shim.Action.killBefore, .killAfter].map { Shim.Fault(action: $0, calls: call...call) }
            }
            let found = trial.findings(faults) { $0.ending.status != -SIGKILL && $0.wasHit }
            done += found.hit
            wrong += found.wrong
            if round == 0 { print("calls of a life: \(calls), tried: \(faults.count)") }
        }
        ProofSize.report(row: 1, "kills before and after a call", done: done, bad: wrong.count)
        #expect(wrong.isEmpty, "\(wrong.prefix(5).joined(separator: "\n"))")
    }

    @Test("anywhere in the life of any seed")
    func anywhere() throws {
        var random = SeededGenerator(seed: ProofSize.seed)
        let trials = try (0..<ProofSize.number("KILLS", 12)).map { _ in
            let call = Int.random(in: 1...400, using: &random)
            let action: Shim.Action = Bool.random(using: &random) ? .killBefore : .killAfter
            return (
                trial: try trial(seed: UInt64.random(in: 0...UInt64(Int32.max), using: &random)),
                fault: Shim.Fault(action: action, calls: call...call)
            )
        }
        let (done, wrong) = ModelTrial.findings(trials) { $0.ending.status != -SIGKILL && $0.wasHit }
        ProofSize.report(row: 1, "kills of random seeds", done: done, bad: wrong.count)
        #expect(wrong.isEmpty, "\(wrong.prefix(5).joined(separator: "\n"))")
    }

    /// As many of the calls as are to be tried, drawn without repetition; all of them when that is 0.
    static func positions(of calls: Int, _ random: inout SeededGenerator) -> [Int] {
        let wanted = ProofSize.number("POSITIONS", 24)
        let all = Array(1...calls)
        return wanted == 0 ? all : Array(all.shuffled(using: &random).prefix(wanted)).sorted()
    }

    @Test(
        "a program that acknowledges before it commits, or commits its offset later, is found out",
        arguments: ["acknowledges-early", "offset-outside"])
    func planted(bug: String) throws {
        let trial = try trial(seed: 7, ["--planted", bug, "--plain"])
        let calls = try trial.calls().count
        let faults = stride(from: calls / 2, to: calls, by: 8).map { Shim.Fault(action: .killBefore, calls: $0...$0) }
        let found = trial.findings(faults) { _ in false }
        #expect(!found.wrong.isEmpty, "\(bug) was not found in \(faults.count) kills")
    }
}
