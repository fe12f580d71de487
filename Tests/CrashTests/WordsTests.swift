import Testing
import WeirTesting

@testable import WordCount

@Suite("What a word is")
struct WordsTests {
    private func words(_ bytes: [UInt8]) -> [String] {
        var scratch: [UInt8] = []
        var words: [String] = []
        bytes.withUnsafeBytes { line in
            Words.forEach(in: line, scratch: &scratch) { word in
                words.append(word.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
            }
        }
        return words
    }

    @Test(
        "runs of letters and apostrophes with a letter, in lower case",
        arguments: [
            ("", []), ("a", ["a"]), ("The the THE", ["the", "the", "the"]), ("don't 'tis dogs'", ["don't", "'tis", "dogs'"]),
            ("' '' '''", []), ("one,two;three-four_five6six", ["one", "two", "three", "four", "five", "six"]), ("  a  ", ["a"]),
            ("caf\u{E9} na\u{EF}ve", ["caf", "na", "ve"]), ("@[`{", []), ("\u{7}a\0b", ["a", "b"]), ("AZaz", ["azaz"]),
        ])
    func examples(line: String, expected: [String]) { #expect(words(Array(line.utf8)) == expected) }

    @Test("a run of 255 bytes is a word, a longer one is none")
    func long() {
        let run = [UInt8](repeating: 0x61, count: Words.longest)
        #expect(words(run).map(\.utf8.count) == [255])
        #expect(words([0x78, 0x20] + run + [0x27] + [0x20, 0x79]) == ["x", "y"])
    }

    @Test("any bytes give the words that splitting in another way gives", arguments: 0..<20 as Range<UInt64>)
    func garbage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<2000).map { _ in UInt8.random(in: seed.isMultiple(of: 2) ? 0...255 : 0x20...0x7A, using: &random) }
        let lower: [UInt8] = bytes.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
        let runs = lower.split { !(0x61...0x7A).contains($0) && $0 != 0x27 }
        let expected = runs.filter { run in run.count <= 255 && run.contains { $0 != 0x27 } }.map { String(decoding: $0, as: UTF8.self) }
        #expect(words(bytes) == expected, "\(random)")
    }
}

@Suite("Arguments and numbers")
struct ArgumentTests {
    @Test(
        "a duration has a unit",
        arguments: [("10ms", 10_000_000), ("1s", 1_000_000_000), ("250us", 250_000), ("1.5ms", 1_500_000), ("7ns", 7)])
    func duration(text: String, nanoseconds: Int64) {
        #expect(DurationArgument(argument: text)?.duration == .nanoseconds(nanoseconds))
    }

    @Test("what is no duration is refused", arguments: ["", "10", "ms", "-1ms", "0s", "nanms", "infs", "1e30s", "1 h", "0.1ns"])
    func noDuration(text: String) { #expect(DurationArgument(argument: text) == nil) }

    @Test("numbers are written for people")
    func numbers() {
        #expect([0, 7, 999, 1000, 1_234_567, -1000].map { Numbers.grouped($0) } == ["0", "7", "999", "1,000", "1,234,567", "-1,000"])
        #expect(
            Numbers.fixed(1.005, decimals: 1) == "1.0" && Numbers.fixed(-0.04, decimals: 1) == "0.0"
                && Numbers.fixed(9.96, decimals: 1) == "10.0")
        #expect(Numbers.fixed(0.05, decimals: 3) == "0.050")
        #expect([0, 999, 1500, 20_000_000].map { Numbers.bytes($0) } == ["0 B", "999 B", "1.5 kB", "20.0 MB"])
    }
}
