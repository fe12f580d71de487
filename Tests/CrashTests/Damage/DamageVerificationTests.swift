import Foundation
import Testing
import WeirStore
import WeirTesting

/// What damage `Store.verify` misses, in this process: it reads by `pread` and must neither trap nor hang, whatever the bytes are.
@Suite("Damage: verification")
struct DamageVerificationTests {
    @Test("a data file that verifies holds every record as it was written")
    func nothingIsMissed() throws {
        try withTemporaryFolder { root in
            let folder = try DamagedFolder(in: root)
            try requireSound(folder.path)
            var random = SeededGenerator(seed: DamageProof.seed)
            var found: [FileDamage.Kind: Int] = [:]
            var (missed, harmless, earlier) = (0, 0, 0)
            let began = ContinuousClock.now
            for round in 0..<DamageProof.mutations {
                var bytes = folder.healthy
                let damage = FileDamage.inflict(on: &bytes, older: folder.older, using: &random)
                try folder.write(data: bytes)
                let report = try Store.verify(at: folder.path)
                if !report.isSound {
                    found[damage.kind, default: 0] += 1
                    continue
                }
                switch try folder.verdict() {
                case .newest: harmless += 1
                case .earlier where damage.mayGoBack: earlier += 1
                default:
                    missed += 1
                    Issue.record("seed \(DamageProof.seed), round \(round), \(damage): verified, but other records")
                }
            }
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            for kind in FileDamage.Kind.allCases where kind != .extended && DamageProof.mutations >= 600 {
                #expect(found[kind, default: 0] > 0, "seed \(DamageProof.seed): no damage of the kind \(kind) was found")
            }
            print(
                "proof: row 11, mutations that verification judges, \(DamageProof.mutations) done, \(missed) bad, seed \(DamageProof.seed)",
                "(\(found.values.reduce(0, +)) found, \(harmless) harmless, \(earlier) an earlier commit as a whole, \(Int(seconds)) s)")
        }
    }
}

extension FileDamage {
    /// Whether it may have put back the meta page, and so the store as it was at an earlier commit.
    var mayGoBack: Bool { [.metaPages, .stalePage, .staleSector].contains(kind) }
}

/// How much is done.
enum DamageProof {
    static let seed = ProofSize.seed
    /// Of the data file, verified in this process.
    static let mutations = ProofSize.number("DAMAGE_MUTATIONS", 400)
    /// Each one opened by processes of its own.
    static let openings = ProofSize.number("DAMAGE_OPENINGS", 25)
}
