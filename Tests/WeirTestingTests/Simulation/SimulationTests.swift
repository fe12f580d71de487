import Testing
import WeirTesting

@Suite("Simulated lives", .serialized)
struct SimulationTests {
    @Test("no seed breaks an invariant")
    func seeds() throws {
        let count = Proof.number("SEEDS", 1_000)
        var bad = 0
        var crashes = 0
        for seed in Proof.seed..<Proof.seed + UInt64(count) {
            do { crashes += try Simulation(seed: seed).run().crashes } catch {
                bad += 1
                Issue.record("seed \(seed): \(error). Again: WEIR_PROOF_SEED=\(seed) WEIR_PROOF_SEEDS=1")
            }
        }
        // A few lives may well have none: one seed is what a failure says to repeat.
        if count >= 100 { #expect(crashes > count / 10, "hardly anything happened") }
        print("proof: row 14, simulated lives, \(count) done, \(bad) bad, seed \(Proof.seed)")
    }

    @Test("a seed is one life: each of 100 times", arguments: [Simulation.Promise.exactlyOnce])
    func again(_ promise: Simulation.Promise) throws {
        let first = try Simulation(seed: 11, promise: promise).run()
        for _ in 0..<99 { #expect(try Simulation(seed: 11, promise: promise).run() == first) }
        for seed in 100..<140 as Range<UInt64> { #expect(try Simulation(seed: seed).run() == Simulation(seed: seed).run(), "seed \(seed)") }
    }
}
