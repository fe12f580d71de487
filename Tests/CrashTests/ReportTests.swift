import Foundation
import SystemPackage
import Testing
import WeirTesting

@testable import WordCount

@Suite("What WordCount prints")
struct ReportTests {
    @Test(
        "the highest counts rank first, equal ones in the order of the words, whatever order they come in",
        arguments: 0..<10 as Range<UInt64>)
    func ranking(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let all = (0..<200).map { (word: "word\($0)", count: UInt64.random(in: 1...30, using: &random)) }
        let expected = all.sorted { $0.count != $1.count ? $0.count > $1.count : $0.word < $1.word }
        for limit in [0, 1, 7, 200, 300] {
            var ranking = Ranking(limit: limit)
            for (word, count) in all.shuffled(using: &random) {
                Array(word.utf8).withUnsafeBytes { ranking.add($0, count) }
            }
            #expect(ranking.entries == expected.prefix(limit).map { Ranking.Entry(word: $0.word, count: $0.count) }, "\(random)")
        }
    }

    @Test("the report for programs is JSON with the promised members")
    func json() throws {
        var report = Report()
        report.sentences = 3
        report.words = 12
        report.seconds = 0.5
        report.commitMicroseconds = .init(p50: 210, p99: 300.4, p999: 1000)
        report.store = "a \"quoted\" \\ path\n\u{1}é"
        report.guarantee = "exactly-once"
        report.top = [.init(word: "don't", count: 4)]
        let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        #expect(object["sentences"] as? Int == 3 && object["words"] as? Int == 12 && object["sentences_per_second"] as? Double == 6)
        #expect(object["commit_latency_us_p99"] as? Int == 300)
        #expect(object["store"] as? String == report.store)
        #expect((object["top"] as? [[String: Any]])?.first?["word"] as? String == "don't")
        #expect(!report.json.contains("\n"))
    }

    @Test("the report for people says that nothing is new when nothing is")
    func nothingNew() {
        var report = Report()
        report.totalWords = 12_345
        report.store = "./weir-store"
        #expect(report.text.contains("Nothing is new") && report.text.contains("12,345 words") && report.text.contains("./weir-store"))
        report.sentences = 1
        #expect(!report.text.contains("Nothing is new"))
    }

    @Test("the progress line shows what is done, what lags, and the rates since the line before")
    func progress() {
        let before = Progress.Facts(seconds: 1, sentences: 1000, commits: 10, committedBytes: 100, totalBytes: 4000)
        let now = Progress.Facts(seconds: 1.5, sentences: 2000, commits: 60, committedBytes: 1000, totalBytes: 4000)
        #expect(
            Progress.line(now, after: before)
                == "[######..................] 1.0 kB of 4.0 kB, lag 3.0 kB, 2,000 sentences/s, 100 commits/s")
        #expect(Progress.line(now, after: now).hasSuffix("- sentences/s, - commits/s"), "no time has passed: no rate, and no crash")
        let stream = Progress.Facts(seconds: 2, sentences: 1000, commits: 11, committedBytes: 0, totalBytes: nil)
        #expect(Progress.line(stream, after: before) == "0 B committed, 0 sentences/s, 1 commits/s")
    }

    @Test("an output file is there as a whole or not at all")
    func outputFile() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("counts.tsv")
            try { _ = try OutputFile(path).write(Array("half".utf8)) }()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.string).isEmpty)
            let file = try OutputFile(path)
            let bytes = [UInt8](repeating: 0x61, count: 100_000)
            for _ in 0..<3 { try file.write(bytes) }
            try file.finish()
            #expect(try Data(contentsOf: URL(filePath: path.string)).count == 300_000)
            #expect(throws: Failure.self) { _ = try OutputFile(folder.appending("missing/counts.tsv")) }
        }
    }

    @Test("the documents are found, and nothing else")
    func documents() throws {
        try withTemporaryFolder { folder in
            for name in [
                "README.md", "Docs/B.md", "Docs/A.md", "Docs/picture.png", "Examples/X/README.md", "Examples/X/Code.swift", "Sources/C.md",
            ] {
                let path = folder.appending(FilePath(name).components)
                try FileManager.default.createDirectory(atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
                try Data("a\n".utf8).write(to: URL(filePath: path.string))
            }
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("Docs/circle").string, withDestinationPath: folder.appending("Docs").string)
            let found = Documents.find(in: folder).map { String($0.string.dropFirst(folder.string.count + 1)) }
            #expect(found == ["README.md", "Docs/A.md", "Docs/B.md", "Examples/X/README.md"])
        }
    }
}
