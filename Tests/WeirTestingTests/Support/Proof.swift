import Foundation

/// Sizes of proofs, from the environment: a long run is the same test with larger numbers.
enum Proof {
    static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment["WEIR_PROOF_\(name)"].flatMap { Int($0) } ?? standard
    }

    static let seed = ProcessInfo.processInfo.environment["WEIR_PROOF_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1 << 48)
}
