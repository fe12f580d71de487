import Foundation
import Synchronization
import Testing
import WeirTesting

@Suite("Simulated lives", .serialized)
struct SimulationTests {
    @Test("no seed breaks an invariant")
    func seeds() throws {
        let count = Proof.number("SEEDS", 1_000)
        let outcome = Mutex((bad: [String](), crashes: 0))
        let lanes = UInt64(ProcessInfo.processInfo.activeProcessorCount)
        DispatchQueue.concurrentPerform(iterations: Int(lanes)) { lane in
            for seed in stride(from: Proof.seed + UInt64(lane), to: Proof.seed + UInt64(count), by: Int(lanes)) {
                do {
                    let crashes = try Simulation(seed: seed).run().crashes
                    outcome.withLock { $0.crashes += crashes }
                } catch {
                    outcome.withLock { $0.bad.append("seed \(seed): \(error). Again: WEIR_PROOF_SEED=\(seed) WEIR_PROOF_SEEDS=1") }
                }
            }
        }
        let (bad, crashes) = outcome.withLock { ($0.bad, $0.crashes) }
        for finding in bad { Issue.record("\(finding)") }
        // A few lives may well have none: one seed is what a failure says to repeat.
        if count >= 100 { #expect(crashes > count / 10, "hardly anything happened") }
        print("proof: row 14, simulated lives, \(count) done, \(bad.count) bad, seed \(Proof.seed)")
    }

    @Test("a seed is one life: each of 100 times", arguments: [Simulation.Promise.exactlyOnce])
    func again(_ promise: Simulation.Promise) throws {
        let first = try Simulation(seed: 11, promise: promise).run()
        for _ in 0..<99 { #expect(try Simulation(seed: 11, promise: promise).run() == first) }
        for seed in 100..<140 as Range<UInt64> { #expect(try Simulation(seed: seed).run() == Simulation(seed: seed).run(), "seed \(seed)") }
    }
}
