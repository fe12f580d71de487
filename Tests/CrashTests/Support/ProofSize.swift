import Foundation

/// How large a proof is: small in the tests of every day, as large as wanted by environment variables. Docs/Testing.md lists them.
enum ProofSize {
    static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment["WEIR_PROOF_" + name].flatMap { Int($0) } ?? standard
    }

    /// `WEIR_PROOF_SEED`, or one that is drawn for this run.
    static let seed = UInt64(number("SEED", Int.random(in: 0...Int(Int32.max))))

    /// The line that every proof ends with.
    static func report(row: Int, _ what: String, done: Int, bad: Int, seed: UInt64 = seed) {
        print("proof: row \(row), \(what), \(done) done, \(bad) bad, seed \(seed)")
    }
}
