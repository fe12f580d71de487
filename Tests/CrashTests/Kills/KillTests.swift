import Testing
import WeirTesting

/// The promise of the project, tried on the whole program: killed at any moment and started again, the counts are right.
///
/// `WEIR_CRASH_KILLS` (100) and `WEIR_CRASH_BYTES` (20,000,000) set the size.
@Suite("Killed at any moment", .serialized, .enabled(if: Program.wordCount != nil, "the program WordCount was not built beside the tests"))
struct KillTests {
    static let kills = KillLoop.kills(100)
    static let bytes = KillLoop.number("WEIR_CRASH_BYTES", 20_000_000)

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

    private func killLoop(
        _ guarantee: String, kills: Int, bytes: Int, difference: @escaping (GeneratedText, [String: Int]) -> String?
    ) throws {
        let program = try #require(Program.wordCount)
        let loop = KillLoop(
            title: "WordCount, \(guarantee), \(bytes) bytes", program: program, kills: kills, livesPerRound: 20, asksToEnd: true,
            speaks: false)
        try loop.run { folder in
            let text = try GeneratedText(in: folder, bytes: bytes, files: 4, seed: KillLoop.seed)
            return WordCountWork(guarantee: guarantee, text: text, difference: difference)
        }
    }
}

/// Counting the words of a text with the program that users have.
private struct WordCountWork: KilledWork {
    let guarantee: String
    let text: GeneratedText
    let difference: (GeneratedText, [String: Int]) -> String?

    mutating func begin(on store: String, using random: inout SeededGenerator) -> (arguments: [String], input: String) {
        let options = ["--store", store, "--guarantee", guarantee, "--commit-interval", "1ms", "--output", "\(store).tsv"]
        return (text.files + options, "")
    }

    func check(_ store: String) throws {
        if let wrong = difference(text, try GeneratedText.counts(from: "\(store).tsv")) { throw Violation(wrong) }
    }
}
