import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// Rounds of lives: each round begins with a new store, its lives are killed at random moments until its work is done, and what is there is compared
/// with what must be. As many rounds as the kills need.
///
/// `WEIR_CRASH_KILLS` sets the kills of every loop, `WEIR_CRASH_SEED` repeats a run, but for the moments of the kills.
struct KillLoop {
    static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }
    static func kills(_ standard: Int) -> Int { number("WEIR_CRASH_KILLS", standard) }
    static let seed = UInt64(number("WEIR_CRASH_SEED", Int(ProofSize.seed)))

    /// What is tried, for people.
    let title: String
    let program: Program
    let kills: Int
    /// Lives that a round is to take, about: their length is fitted to that.
    var livesPerRound = 8
    /// Whether some lives are asked to end (SIGTERM) and do so in order.
    var asksToEnd = false
    /// Whether lives say what they do: then most are killed at a moment that is counted from the first word on.
    var speaks = true
    /// Lives after which a round is no more disturbed.
    var mostLives = 60

    func run<Work: KilledWork>(_ make: (_ folder: String) throws -> Work) throws {
        var random = SeededGenerator(seed: Self.seed)
        var tally = KillTally(longest: speaks ? 0.1 : 0.3)
        try withTemporaryFolder { folder in
            let fresh = try make(folder.string)
            while tally.kills < kills || tally.rounds == 0 {
                tally.rounds += 1
                let store = "\(folder.string)/store-\(tally.rounds)"
                var (work, lives) = (fresh, 0)
                repeat {
                    lives += 1
                    guard lives < 10 * mostLives else { throw Violation("\(place(tally, lives)): it gets nowhere") }
                } while try !live(&work, on: store, isSpared: tally.kills >= kills || lives >= mostLives, &tally, &random, lives)
                try requireSound(store, place(tally, lives))
                do { try work.check(store) } catch { throw Violation("\(place(tally, lives)): \(error)") }
                try FileManager.default.removeItem(atPath: store)
            }
        }
        // Lives that are killed before they have done anything prove nothing.
        guard !speaks || tally.kills < 20 || tally.killsAtWork > tally.kills / 4 else {
            throw Violation("seed \(Self.seed): only \(tally.killsAtWork) of \(tally.kills) lives had begun when they were killed")
        }
        let at = speaks ? ", \(tally.killsAtWork) at work" : ""
        ProofSize.report(row: 1, "kills of \(title) (\(tally.rounds) rounds\(at))", done: tally.kills, bad: 0, seed: Self.seed)
    }

    /// One life, from its start to its end. True when the work is done.
    private func live<Work: KilledWork>(
        _ work: inout Work, on store: String, isSpared: Bool, _ tally: inout KillTally, _ random: inout SeededGenerator, _ number: Int
    ) throws -> Bool {
        let (arguments, input) = try work.begin(on: store, using: &random)
        let life = try Dialogue(program, arguments)
        if !input.isEmpty { try life.tell(input) }
        try life.close()
        // Some are killed while they open the store and recover, most while they work.
        var lines: [String] = []
        if speaks, Int.random(in: 0..<5, using: &random) > 0, let line = life.line() { lines.append(line) }
        // Most are killed, some are asked to end: those commit what is under way.
        let signal = asksToEnd && Int.random(in: 0..<6, using: &random) == 0 ? SIGTERM : SIGKILL
        let isCutShort = !isSpared && !life.ends(within: .random(in: 0..<tally.longest, using: &random))
        if isCutShort { life.send(signal) }
        lines += life.rest()
        let status = life.status()
        // The signal to end ends it, too, before it listens and after it has committed all.
        guard status == 0 || status == -SIGKILL || asksToEnd && status == -SIGTERM else {
            throw Violation("\(place(tally, number)): it ended with \(status): \(life.errorText())")
        }
        if status == -SIGKILL {
            tally.kills += 1
            if !lines.isEmpty { tally.killsAtWork += 1 }
            if tally.kills.isMultiple(of: 8), isMade(store) { try requireSound(store, place(tally, number)) }
        }
        // Longer when lives get nowhere, shorter when they all come to their end.
        if !isSpared { tally.longest = min(10, tally.longest * (isCutShort ? pow(0.7, -1 / Double(livesPerRound)) : 0.7)) }
        do { try work.hear(lines) } catch { throw Violation("\(place(tally, number)): \(error)") }
        return status == 0 && !isCutShort && work.isDone
    }

    private func place(_ tally: KillTally, _ lives: Int) -> String {
        "seed \(Self.seed), round \(tally.rounds), life \(lives), after \(tally.kills) kills"
    }

    /// Whether no life was killed before it had made the store: until then there is nothing to lose.
    private func isMade(_ store: String) -> Bool {
        (try? String(contentsOfFile: store + "/weir.identity", encoding: .utf8))?.contains("state complete") ?? false
    }

    private func requireSound(_ store: String, _ place: String) throws {
        let report = try Store.verify(at: FilePath(store))
        guard report.isSound else { throw Violation("\(place): \(report.problems.prefix(3))") }
    }
}

/// How far a loop has come.
private struct KillTally {
    /// The longest that a life may last, in seconds.
    var longest: Double
    var kills = 0
    var killsAtWork = 0
    var rounds = 0
}
