import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// The promise of the project, tried on the whole program: killed at any moment and started again, the counts are right.
///
/// `WEIR_CRASH_KILLS` (100) and `WEIR_CRASH_BYTES` (20,000,000) set the size, `WEIR_CRASH_SEED` repeats a run.
@Suite("Killed at any moment", .serialized, .enabled(if: Program.wordCount != nil, "the program WordCount was not built beside the tests"))
struct KillTests {
    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }
    static let kills = number("WEIR_CRASH_KILLS", 100)
    static let bytes = number("WEIR_CRASH_BYTES", 20_000_000)
    static let seed = UInt64(number("WEIR_CRASH_SEED", Int.random(in: 0...Int(Int32.max))))

    @Test("exactly-once ends with the oracle's counts")
    func exactlyOnce() throws {
        try killLoop("exactly-once", kills: Self.kills, bytes: Self.bytes) { text, output in text.difference(from: output) }
    }

    @Test("at-least-once never undercounts")
    func atLeastOnce() throws {
        try killLoop("at-least-once", kills: Self.kills / 5, bytes: Self.bytes / 5) { text, output in
            text.difference(from: output, allowsMore: true)
        }
    }

    @Test("at-most-once never overcounts")
    func atMostOnce() throws {
        try killLoop("at-most-once", kills: Self.kills / 5, bytes: Self.bytes / 5) { text, output in
            text.difference(from: output, allowsFewer: true)
        }
    }

    /// Rounds of lives on one text: each round begins with a new store, its lives are killed at random moments until one comes to its end, and its
    /// counts are compared. As many rounds as the kills need.
    private func killLoop(_ guarantee: String, kills: Int, bytes: Int, difference: (GeneratedText, [String: Int]) -> String?) throws {
        let program = try #require(Program.wordCount)
        var random = SeededGenerator(seed: Self.seed)
        try withTemporaryFolder { folder in
            let text = try GeneratedText(in: folder.string, bytes: bytes, files: 4, seed: Self.seed)
            var killed = 0
            var rounds = 0
            // Lives become longer while they do not get anywhere, and shorter when they all come to their end.
            var longest = 0.3
            while killed < kills || rounds == 0 {
                rounds += 1
                let store = "\(folder.string)/store-\(rounds)"
                let output = "\(folder.string)/counts-\(rounds).tsv"
                let arguments = text.files + ["--store", store, "--guarantee", guarantee, "--commit-interval", "1ms", "--output", output]
                var lives = 0
                while true {
                    lives += 1
                    let life = try program.start(arguments)
                    // Most are killed, some are asked to end: those commit what is under way.
                    let signal = Int.random(in: 0..<6, using: &random) == 0 ? SIGTERM : SIGKILL
                    let isCutShort = killed < kills && lives < 60 && !life.ends(within: .random(in: 0..<longest, using: &random))
                    if isCutShort { life.send(signal) }
                    let ending = try life.wait()
                    if ending.status == -SIGKILL {
                        killed += 1
                        if killed.isMultiple(of: 8), isMade(store) { try expectSound(store, after: killed) }
                        continue
                    }
                    // Asked before it listens, or after it has committed all: the signal ends it.
                    if ending.status == -SIGTERM { continue }
                    try #require(ending.status == 0, "seed \(Self.seed), round \(rounds), life \(lives): \(ending.errors)")
                    if !isCutShort { break }
                }
                try expectSound(store, after: killed)
                let wrong = difference(text, try GeneratedText.counts(from: output))
                #expect(wrong == nil, "seed \(Self.seed), round \(rounds) after \(lives - 1) lives cut short: \(wrong ?? "")")
                longest = lives < 3 ? longest / 1.5 : lives > 25 ? longest * 1.5 : longest
                try FileManager.default.removeItem(atPath: store)
            }
            print("\(guarantee): \(killed) kills in \(rounds) rounds over \(text.bytes) bytes, \(program.path), seed \(Self.seed)")
        }
    }

    /// Whether no life was killed before it had made the store: until then there is nothing to lose.
    private func isMade(_ store: String) -> Bool {
        (try? String(contentsOfFile: store + "/weir.identity", encoding: .utf8))?.contains("state complete") ?? false
    }

    private func expectSound(_ store: String, after killed: Int) throws {
        let report = try Store.verify(at: FilePath(store))
        #expect(report.isSound, "seed \(Self.seed), after \(killed) kills: \(report.problems.prefix(3))")
    }
}
