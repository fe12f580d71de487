import Foundation

/// How long a proof runs, and from which seed: quick unless the environment asks for more.
enum ProofSize {
    /// The number in the variable `WEIR_PROOF_<name>`, or the standard one.
    static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment["WEIR_PROOF_\(name)"].flatMap { Int($0) } ?? standard
    }

    /// `WEIR_PROOF_SEED`, or one that nobody chose.
    static let seed = UInt64(number("SEED", .random(in: 0...Int(Int32.max))))

    /// The line that ends a proof.
    static func conclude(_ row: Int, _ what: String, done: Int, bad: Int) {
        print("proof: row \(row), \(what), \(done) done, \(bad) bad, seed \(seed)")
    }
}
