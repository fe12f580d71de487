import Foundation
import Testing
import WeirTesting

/// Row 4: a call fails, does half of its work, or does all of it and fails nevertheless; once, or from then on. Each ends in a typed error or a designed
/// exit, never in a hang, a trap or a signal, and the invariants hold. What fails once is got over without a restart.
///
/// Tried are all kinds of fault at each of `WEIR_PROOF_POSITIONS` (3) calls of each of `WEIR_PROOF_ROUNDS` (1) seeds: 0 tries every call. Calls that only read, open, map
/// or lock count here as well.
@Suite(
    "Each call fails", .serialized, .enabled(if: Shim.shared != nil && Program.crashSubject != nil, "skipped: \(Shim.isMissing)"))
struct FailingCallTests {
    /// What disks, quotas and signals answer, and a folder that may not be written to any more.
    static let errors: [Int32] = [EIO, ENOSPC, EDQUOT, EINTR, EAGAIN, EACCES, EROFS]

    static func once(_ call: Int) -> [Shim.Fault] {
        errors.map { Shim.Fault(action: .fail, calls: call...call, error: $0, countsReads: true) } + [
            Shim.Fault(action: .short, calls: call...call, countsReads: true),
            Shim.Fault(action: .doneThenFail, calls: call...call, countsReads: true),
        ]
    }

    static func forGood(_ call: Int) -> [Shim.Fault] {
        errors.map { error in
            Shim.Fault(action: .fail, calls: call...Shim.Fault.always, error: error, countsReads: true)
        } + [
            Shim.Fault(action: .short, calls: call...Shim.Fault.always, countsReads: true),
            Shim.Fault(action: .doneThenFail, calls: call...Shim.Fault.always, countsReads: true),
        ]
    }

    @Test("once: it is got over without a restart, and nothing is lost")
    func once() throws {
        try prove("calls that fail once", Self.once) { !$0.isDone }
    }

    @Test("for good: typed errors, then an end; nothing is lost")
    func forGood() throws {
        try prove("calls that fail for good", Self.forGood) { !$0.isDone && !$0.gaveUp }
    }

    /// At each of the first reads of the data file, and at the call after it: what opening writes again.
    @Test("for good, in the middle of opening: interruptions do not end, opening does")
    func interruptedOpening() throws {
        let trial = try trial(seed: 5, ["--plain"])
        let reads = try trial.calls(Shim.Fault(countsReads: true)).enumerated().filter { $0.element.hasPrefix("pread /data.mdb") }.prefix(3)
        try #require(reads.count > 1, "opening reads the header, and then the meta pages")
        let faults = reads.flatMap { [$0.offset + 1, $0.offset + 2] }.map {
            Shim.Fault(action: .fail, calls: $0...Shim.Fault.always, error: EINTR, countsReads: true)
        }
        let found = trial.findings(faults) { !$0.isDone && !$0.gaveUp }
        #expect(found.hit == faults.count)
        #expect(found.wrong.isEmpty, "\(found.wrong.joined(separator: "\n"))")
    }

    private func prove(_ what: String, _ faults: (Int) -> [Shim.Fault], wrong: @Sendable (ModelTrial.Finding) -> Bool) throws {
        var random = SeededGenerator(seed: ProofSize.seed)
        let wanted = ProofSize.number("POSITIONS", 3)
        var done = 0
        var findings: [String] = []
        for round in 0..<max(1, ProofSize.number("ROUNDS", 1)) {
            let trial = try trial(seed: ProofSize.seed &+ UInt64(round))
            let calls = try trial.calls(Shim.Fault(countsReads: true)).count
            try #require(calls > 100, "an undisturbed life made \(calls) calls")
            let all = Array(1...calls)
            let positions = wanted == 0 ? all : Array(all.shuffled(using: &random).prefix(wanted))
            let found = trial.findings(positions.flatMap(faults), wrong)
            done += found.hit
            findings += found.wrong
        }
        ProofSize.report(row: 4, what, done: done, bad: findings.count)
        #expect(findings.isEmpty, "\(findings.prefix(5).joined(separator: "\n"))")
    }

    @Test("a program that takes a failed commit for one that was made is found out")
    func planted() throws {
        let trial = try trial(seed: 7, ["--planted", "ignores-errors", "--plain"])
        let calls = try trial.calls().count
        let faults = stride(from: calls / 2, to: calls, by: 9).map {
            Shim.Fault(action: .fail, calls: $0...Shim.Fault.always, error: ENOSPC)
        }
        let found = trial.findings(faults) { _ in false }
        #expect(!found.wrong.isEmpty, "it was not found with \(faults.count) faults")
    }

    private func trial(seed: UInt64, _ options: [String] = []) throws -> ModelTrial {
        ModelTrial(
            shim: try #require(Shim.shared), program: try #require(Program.crashSubject), seed: seed, steps: 36, options: options,
            patience: 120)
    }
}
