import Foundation
import Testing
import WeirTesting

/// Row 5: memory that LMDB asks for is refused, once or from then on. Each refusal ends in a typed error, and what was acknowledged is there.
///
/// `WEIR_PROOF_ALLOCATIONS` (12) of a life's allocations are tried of each of `WEIR_PROOF_ROUNDS` (1) seeds: 0 tries every one.
@Suite(
    "Each allocation in LMDB fails", .serialized,
    .enabled(if: Shim.shared != nil && Program.crashSubject != nil, "skipped: \(Shim.isMissing)"))
struct FailingAllocationTests {
    @Test("once: it is got over without a restart, and nothing is lost")
    func once() throws {
        try prove("allocations that fail once", { $0...$0 }) { !$0.isDone }
    }

    @Test("for good: typed errors, then an end; nothing is lost")
    func forGood() throws {
        try prove("allocations that fail for good", { $0...Shim.Fault.always }) { !$0.isDone && !$0.gaveUp }
    }

    private func prove(_ what: String, _ range: (Int) -> ClosedRange<Int>, wrong: @Sendable (ModelTrial.Finding) -> Bool) throws {
        var random = SeededGenerator(seed: ProofSize.seed)
        let wanted = ProofSize.number("ALLOCATIONS", 12)
        var done = 0
        var findings: [String] = []
        for round in 0..<max(1, ProofSize.number("ROUNDS", 1)) {
            let trial = ModelTrial(
                shim: try #require(Shim.shared), program: try #require(Program.crashSubject), seed: ProofSize.seed &+ UInt64(round),
                steps: 36, patience: 120)
            let counted = try trial.calls(Shim.Fault(action: .allocation)).count { $0.hasPrefix("allocation") }
            try #require(counted > 100, "LMDB asked for memory \(counted) times")
            let all = Array(1...counted)
            let places = wanted == 0 ? all : Array(all.shuffled(using: &random).prefix(wanted))
            let found = trial.findings(places.map { Shim.Fault(action: .allocation, calls: range($0)) }, wrong)
            // Allocations differ a little from life to life, as bursts meet their flushes.
            #expect(found.hit > places.count * 3 / 4, "\(found.hit) of \(places.count) were refused")
            done += found.hit
            findings += found.wrong
        }
        ProofSize.report(row: 5, what, done: done, bad: findings.count)
        #expect(findings.isEmpty, "\(findings.prefix(5).joined(separator: "\n"))")
    }
}
