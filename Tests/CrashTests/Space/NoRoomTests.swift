import Foundation
import Testing
import WeirTesting

/// Row 6: no room, at one point after the other, then room again. Writes fail with a type and say what to do; reads never stop; with the room back, the same
/// process soon commits.
///
/// `WEIR_PROOF_STOPS` (40) rounds are tried, and a commit must be there within `WEIR_PROOF_RETURN_SECONDS` (10, as other tests run beside this one; the goal is 1).
@Suite("No room, then room again", .serialized, .enabled(if: Program.crashSubject != nil, "CrashSubject was not built beside the tests"))
struct NoRoomTests {
    @Test("a limit on file sizes, and the store's own maximum", arguments: ["file-size", "map"])
    func limits(means: String) throws {
        let folder = "\(Shim.folder)/weir-room-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.starve(in: folder, means)
    }

    /// One process starves in a folder, as often as is to be tried.
    static func starve(in folder: String, _ means: String) throws {
        let program = try #require(Program.crashSubject)
        let rounds = ProofSize.number("STOPS", 40)
        let ending = try program.run([
            "starve", "\(folder)/store", "--means", means, "--rounds", "\(rounds)", "--seed", "\(ProofSize.seed)",
            "--patience", "\(ProofSize.number("RETURN_SECONDS", 10))",
        ])
        let stops = ending.output.split(separator: " ").first.flatMap { Int($0) } ?? 0
        print("\(means): \(ending.output.split(separator: "\n").last ?? "")")
        let longest = ending.output.split(separator: ", ").first { $0.hasPrefix("longest return") } ?? "no return"
        ProofSize.report(row: 6, "stops for want of room (\(means), \(longest))", done: stops, bad: ending.status == 0 ? 0 : 1)
        #expect(ending.status == 0, "seed \(ProofSize.seed): \(ending.status) \(ending.errors)")
        #expect(stops > rounds / 2, "\(stops) of \(rounds) rounds ran out of room")
    }
}
