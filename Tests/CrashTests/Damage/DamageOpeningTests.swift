import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// A damaged store opened by a process of its own, which reads all of it in every way and then writes.
@Suite("Damage: opening")
struct DamageOpeningTests {
    /// What came of a phase, over all openings.
    private struct Tally {
        var phases = 0
        var signals: [String: Int] = [:]
        /// Openings that gave something else than what was written, without an error, and the accesses that did.
        var wrongOpenings = 0
        var wrong = 0
        var refused = 0
        var whole = 0
        /// Openings that found the store as it was at an earlier commit.
        var earlier = 0
        var hung = 0
        var foreign = 0
        var right = 0
    }

    @Test(
        "opened with verification, a damaged store gives what was written or a typed error: nothing else, no signal, no hang",
        .enabled(if: Program.crashSubject != nil, "skipped: needs the program CrashSubject"))
    func verified() throws {
        let tally = try open(["--verified"])
        #expect(tally.signals.isEmpty && tally.wrong == 0 && tally.hung == 0 && tally.foreign == 0, "seed \(DamageProof.seed): \(tally)")
        #expect(tally.refused > 0 && tally.whole > 0)
        print(
            "proof: row 11, verified openings of damaged files, \(DamageProof.openings) done, \(bad(tally)) bad, seed \(DamageProof.seed)")
    }

    @Test(
        "opened without, no trap and no hang: signals come from within LMDB alone",
        .enabled(if: Program.crashSubject != nil, "skipped: needs the program CrashSubject"))
    func unverified() throws {
        let tally = try open([])
        #expect(tally.hung == 0 && tally.foreign == 0, "seed \(DamageProof.seed): \(tally)")
        let traps = [SIGILL, SIGTRAP].map { number in tally.signals.filter { $0.key.hasSuffix(" \(number)") }.values.reduce(0, +) }
        #expect(traps == [0, 0], "seed \(DamageProof.seed): \(tally)")
        let told = Double(tally.wrongOpenings) / Double(max(1, tally.phases))
        print(
            "proof: row 11, unverified openings of damaged files, \(DamageProof.openings) done, \(tally.hung + tally.foreign) bad, seed \(DamageProof.seed)",
            "(phases with something wrong untold \(Int(told * 1000)) in 1000; signals \(tally.signals.sorted { $0.key < $1.key }))")
    }

    private func bad(_ tally: Tally) -> Int { tally.signals.values.reduce(0, +) + tally.wrong + tally.hung + tally.foreign }

    private func open(_ options: [String]) throws -> Tally {
        let program = try #require(Program.crashSubject)
        var tally = Tally()
        try withTemporaryFolder { root in
            let folder = try DamagedFolder(in: root)
            var random = SeededGenerator(seed: DamageProof.seed)
            for round in 0..<DamageProof.openings {
                var bytes = folder.healthy
                let damage = FileDamage.inflict(on: &bytes, older: folder.older, using: &random)
                try folder.heal()
                try folder.write(data: bytes)
                if damage.mayGoBack, try Store.verify(at: folder.path).isSound, try folder.verdict() == .earlier {
                    tally.earlier += 1
                    continue
                }
                try add(try program.start(["damaged", folder.path.string] + options), "round \(round), \(damage)", to: &tally)
            }
        }
        return tally
    }

    /// Takes down what a process says in its lines: `phase words right=N wrong=N foreign=N code:N ...`.
    private func add(_ life: Life, _ what: String, to tally: inout Tally) throws {
        if !life.ends(within: 60) {
            tally.hung += 1
            life.send(SIGKILL)
        }
        let ending = try life.wait()
        let lines = ending.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        for words in lines where words.count > 3 {
            func count(_ name: String) -> Int {
                words.first { $0.hasPrefix("\(name)=") }.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
            }
            tally.phases += 1
            tally.right += count("right")
            tally.wrong += count("wrong")
            tally.wrongOpenings += count("wrong") > 0 ? 1 : 0
            tally.foreign += count("foreign")
            tally.refused += count("right") == 0 && words[0] == "read" ? 1 : 0
            tally.whole +=
                words[0] == "read" && count("right") > 1000 && count("wrong") == 0 && !words.contains { $0.contains(":") } ? 1 : 0
            if count("foreign") > 0 { print("foreign error: seed \(DamageProof.seed), \(what): \(words)") }
        }
        guard ending.status != 0 else { return }
        let phase = ["verify", "read", "write"].dropFirst(lines.count).first ?? "after"
        tally.signals["\(phase) \(-ending.status)", default: 0] += 1
        if ending.status > 0 || [SIGILL, SIGTRAP].contains(-ending.status) {
            print("ended by \(ending.status): seed \(DamageProof.seed), \(what): \(ending.errors.prefix(500))")
        }
    }

    @Test(
        "other files, links, pipes and modes in a store's folder: harmless, or refused with an error that says which",
        .enabled(if: Program.crashSubject != nil, "skipped: needs the program CrashSubject"))
    func folders() throws {
        let program = try #require(Program.crashSubject)
        try withTemporaryFolder { root in
            let folder = try DamagedFolder(in: root)
            var random = SeededGenerator(seed: DamageProof.seed)
            for damage in FolderDamage.allCases {
                try folder.heal()
                try damage.inflict(on: folder, using: &random)
                var tally = Tally()
                try add(try program.start(["damaged", folder.path.string]), damage.rawValue, to: &tally)
                #expect(bad(tally) == 0 && tally.phases == 3, "seed \(DamageProof.seed), \(damage): \(tally)")
                #expect(!damage.isHarmless || tally.whole == 1, "seed \(DamageProof.seed), \(damage): \(tally)")
            }
            try folder.heal()
        }
    }
}
