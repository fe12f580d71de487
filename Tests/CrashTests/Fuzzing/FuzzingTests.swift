import Foundation
import Testing
import WeirTesting

/// Every decoder over the kept corpus and over mutations of it: what libFuzzer does for longer, and with an eye on what code is reached.
@Suite("Hostile bytes")
struct FuzzingTests {
    private static let seed = ProofSize.seed
    private static let runs = ProofSize.number("FUZZ_RUNS", 1500)
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    @Test("no bytes bring a decoder to a trap, and what it takes comes back as it is", arguments: FuzzTarget.all.map(\.name))
    func holds(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let seeds = target.seeds()
        let kept = try Self.kept(name)
        for bytes in seeds + kept { try run(target, bytes) }
        var mutation = FuzzMutation(seeds + kept, SeededGenerator(seed: Self.seed))
        // A whole file is written and read for each run of these.
        let runs = name.hasPrefix("page-file") ? Self.runs / 10 : Self.runs
        var bad = 0
        for _ in 0..<runs where bad == 0 { bad += try run(target, mutation.next()) ? 0 : 1 }
        ProofSize.report(row: 12, name, done: runs + seeds.count + kept.count, bad: bad)
    }

    @Test("every target has a corpus of a few kilobytes, and every corpus a target")
    func corpora() throws {
        let folders = Set(try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path))
        #expect(folders == Set(FuzzTarget.all.map(\.name)))
        for name in folders {
            let bytes = try Self.kept(name).reduce(0) { $0 + $1.count }
            #expect((1...16384).contains(bytes), "\(name) has \(bytes) bytes")
        }
    }

    private static func kept(_ name: String) throws -> [[UInt8]] {
        let folder = corpus.appending(path: name)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) }
    }

    @discardableResult
    private func run(_ target: FuzzTarget, _ bytes: [UInt8]) throws -> Bool {
        do {
            try bytes.withUnsafeBytes { try target.run($0) }
            return true
        } catch {
            let hexadecimal = bytes.prefix(256).map { String($0, radix: 16) }.joined(separator: " ")
            Issue.record("\(target.name), seed \(Self.seed), \(bytes.count) bytes: \(error); they begin \(hexadecimal)")
            return false
        }
    }
}
