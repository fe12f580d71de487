import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// Backups of a store that is being written, some of them killed: whatever carries a backup's name is whole, is nobody else's to read, and comes back.
@Suite("Backups under load", .serialized, .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built"))
struct BackupTests {
    @Test("a backup restores to a commit that was newest while it was taken, and half a backup is never taken for a whole one")
    func underLoad() throws {
        let count = ProofSize.number("BACKUPS", 16)
        var random = SeededGenerator(seed: ProofSize.seed)
        var outcome = Outcome()
        try withTemporaryFolder { folder in
            var round = try Round(folder.appending("store"), try #require(Program.crashSubject))
            for number in 0..<count {
                let place = folder.appending("backup-\(number)")
                if number > 0, Bool.random(using: &random) {
                    // As long after its beginning as a whole one takes, at the latest.
                    try round.killedBackup(to: place, after: .random(in: 0...round.usual, using: &random), &outcome)
                } else {
                    try round.wholeBackup(to: place, &outcome)
                }
                try FileManager.default.removeItem(atPath: place.string)
            }
            // About half of the kills leave half a backup; of a few, none may.
            while outcome.partial == 0, outcome.killed < Self.mostKills {
                let place = folder.appending("backup-more")
                try round.killedBackup(to: place, after: .random(in: 0...round.usual, using: &random), &outcome)
                try FileManager.default.removeItem(atPath: place.string)
            }
            try round.end()
        }
        ProofSize.report(
            row: 16, "backups under load (\(outcome.killed) killed, \(outcome.partial) of them with half a backup)", done: count,
            bad: outcome.problems.count)
        #expect(outcome.problems.isEmpty, "seed \(ProofSize.seed): \(outcome.problems.prefix(5))")
        #expect(outcome.partial > 0, "seed \(ProofSize.seed): kills that hit no backup prove nothing")
    }

    /// Kills within which one must have left half a backup.
    private static let mostKills = 60

    struct Outcome {
        var killed = 0
        var partial = 0
        var problems: [String] = []
    }
}

/// A writer that counts on, and backups beside it.
private struct Round {
    private let program: Program
    private let path: FilePath
    private let writer: Dialogue
    private var last: UInt64 = 0
    /// Microseconds that a backup took.
    private(set) var usual: UInt32 = 0
    private static let seed = "\(ProofSize.seed)"

    init(_ path: FilePath, _ program: Program) throws {
        (self.path, self.program) = (path, program)
        writer = try Dialogue(program, ["count", path.string, "--seed", Self.seed, "--durability", "processCrashOnly"])
        _ = try writer.number("found")
        try goOn(300)
    }

    /// Reads what the writer has acknowledged: so many more, and then all that it has said by now.
    private mutating func goOn(_ count: Int) throws {
        for _ in 0..<count { last = try writer.number("acknowledged") }
        if let newest = writer.linesSoFar().last?.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) }) { last = newest }
    }

    mutating func wholeBackup(to place: FilePath, _ outcome: inout BackupTests.Outcome) throws {
        try goOn(3)
        let before = last
        let backup = try Dialogue(program, ["copy", path.string, place.string])
        _ = backup.line(beginning: "begun")
        let began = ContinuousClock.now
        guard backup.line() == "done" else { return outcome.problems.append("a backup failed: \(backup.errorText())") }
        usual = UInt32(clamping: Int64((.now - began) / .microseconds(1)))
        guard backup.status() == 0 else { return outcome.problems.append("a backup failed: \(backup.errorText())") }
        try goOn(3)
        try examine(place, atLeast: before, atMost: last, &outcome)
    }

    mutating func killedBackup(to place: FilePath, after microseconds: UInt32, _ outcome: inout BackupTests.Outcome) throws {
        let manager = FileManager.default
        try goOn(3)
        let before = last
        let backup = try Dialogue(program, ["copy", path.string, place.string])
        _ = backup.line(beginning: "begun")
        usleep(microseconds)
        backup.end(SIGKILL)
        outcome.killed += 1
        try goOn(1)
        if !manager.fileExists(atPath: place.string) {
            // What is left of it is refused, or whole for all that.
            let draft = FilePath("\(place).partial")
            let copy = place.removingLastComponent().appending("taken")
            if manager.fileExists(atPath: draft.string) { outcome.partial += 1 }
            if manager.fileExists(atPath: draft.string), try program.run(["copy", draft.string, copy.string, "--restoring"]).status == 0 {
                try check(copy, atLeast: before, atMost: last, &outcome)
            }
            try? manager.removeItem(atPath: copy.string)
            // The next backup to the same place does not stumble over it.
            return try wholeBackup(to: place, &outcome)
        }
        try examine(place, atLeast: before, atMost: last, &outcome)
    }

    /// Modes, verification, restoring, and the contents of what was restored.
    private func examine(_ place: FilePath, atLeast: UInt64, atMost: UInt64, _ outcome: inout BackupTests.Outcome) throws {
        for (name, mode) in [("", 0o700), ("data.mdb", 0o600), ("weir.identity", 0o600)] {
            var status = stat()
            let path = name.isEmpty ? place.string : place.appending(name).string
            if lstat(path, &status) != 0 || status.st_mode & 0o7777 != mode {
                outcome.problems.append("\(path) has mode \(status.st_mode)")
            }
        }
        let restored = place.removingLastComponent().appending("restored")
        let ending = try program.run(["copy", place.string, restored.string, "--restoring"])
        if ending.status != 0 { return outcome.problems.append("a backup does not restore: \(ending.errors)") }
        try check(restored, atLeast: atLeast, atMost: atMost, &outcome)
        try FileManager.default.removeItem(atPath: restored.string)
    }

    /// What was restored is what the first so many commits make, and was newest at some time during the backup.
    private func check(_ place: FilePath, atLeast: UInt64, atMost: UInt64, _ outcome: inout BackupTests.Outcome) throws {
        let look = try Dialogue(
            program, ["count", place.string, "--seed", Self.seed, "--commits", "0", "--durability", "processCrashOnly"])
        let line = look.line()
        let found = line?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
        if line?.hasPrefix("found") != true || !(found.map { (atLeast...atMost + 1).contains($0) } ?? false) {
            outcome.problems.append("between \(atLeast) and \(atMost) was due, and there is: \(line ?? "nothing"), \(look.errorText())")
        }
        if look.status() != 0 { outcome.problems.append("\(look.errorText())") }
    }

    func end() throws {
        writer.end(SIGKILL)
        try requireSound(path)
    }
}
