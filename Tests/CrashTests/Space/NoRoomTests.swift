import Foundation
import SystemPackage
import Testing
import WeirTesting

/// Row 6: no room, at one point after the other, then room again. Writes fail with a type and say what to do; reads never stop; with the room back, the same
/// process soon commits.
///
/// `WEIR_PROOF_STOPS` (40) times the room goes, and a commit must be there within `WEIR_PROOF_RETURN_SECONDS` (10, as other tests run beside this one; the goal is 1).
@Suite("No room, then room again", .serialized, .enabled(if: Program.crashSubject != nil, "CrashSubject was not built beside the tests"))
struct NoRoomTests {
    @Test("a limit on file sizes, and the store's own maximum", arguments: ["file-size", "map"])
    func limits(means: String) throws {
        try withTemporaryFolder(inMemory: true) { try Self.starve(in: $0.string, means) }
    }

    /// Processes starve in a folder, each on a store of its own, until there was no room as often as is to be tried. (In one store the pages that were
    /// freed become so many that hardly a commit needs room.)
    static func starve(in folder: String, _ means: String) throws {
        let program = try #require(Program.crashSubject)
        let wanted = ProofSize.number("STOPS", 40)
        var (stops, lives, longest, bad) = (0, 0, Duration.zero, 0)
        while stops < wanted, bad == 0 {
            let life = "\(folder)/life-\(lives)"
            try FileManager.default.createDirectory(atPath: life, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: life) }
            let seed = ProofSize.seed &+ UInt64(lives)
            let ending = try program.run([
                "starve", "\(life)/store", "--means", means, "--rounds", "40", "--seed", "\(seed)",
                "--patience", "\(ProofSize.number("RETURN_SECONDS", 10))",
            ])
            lives += 1
            print("\(means): \(ending.output.split(separator: "\n").last ?? "")")
            let words = ending.output.split(separator: " ")
            let here = words.first.flatMap { Int($0) } ?? 0
            stops += here
            if let word = words.firstIndex(of: "return"), words.indices.contains(word + 1), let seconds = Double(words[word + 1]) {
                longest = max(longest, .seconds(seconds))
            }
            if ending.status != 0 { bad += 1 }
            #expect(ending.status == 0, "seed \(seed): \(ending.status) \(ending.errors)")
            #expect(here > 20, "\(here) of 40 rounds ran out of room")
            if here == 0 { break }
        }
        ProofSize.report(row: 6, "stops for want of room (\(means), \(lives) stores, longest return \(longest))", done: stops, bad: bad)
    }
}
