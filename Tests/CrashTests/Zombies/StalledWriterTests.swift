import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// A writer that stands still for as long as anybody likes is still the writer: there is no lease that could run out, the system frees the lock when
/// the process ends and no sooner. So it can never come back as a second one.
@Suite("Writers that stand still", .serialized, .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built"))
struct StalledWriterTests {
    @Test("nobody else becomes the writer meanwhile, readers read on, and it goes on where it was")
    func stalls() throws {
        let stalls = ProofSize.number("STALLS", 25)
        let program = try #require(Program.crashSubject)
        var random = SeededGenerator(seed: ProofSize.seed)
        var bad = 0
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let seed = ["--seed", "\(ProofSize.seed)"]
            let writer = try Dialogue(program, ["count", path.string, "--durability", "processCrashOnly"] + seed)
            #expect(writer.line(beginning: "found 0") != nil, "\(writer.errorText())")
            var last = try writer.number("acknowledged")
            let reader = try Dialogue(program, ["peek", path.string] + seed)
            try reader.tell("")
            #expect(try reader.number("seen") >= last)
            for _ in 0..<stalls {
                for _ in 0..<Int.random(in: 1...20, using: &random) {
                    last += 1
                    if try writer.number("acknowledged") != last { bad += 1 }
                }
                usleep(UInt32.random(in: 0...500, using: &random))
                writer.send(SIGSTOP)
                try #require(writer.standsStill())
                // In a process of its own: whoever got the lock by mistake would wait for the one that stands still.
                let other = try Dialogue(program, ["count", path.string, "--commits", "0"] + seed)
                if !other.ends(within: 20) || !other.errorText().contains("open for writing in process \(writer.processID)") { bad += 1 }
                try reader.tell("")
                if try reader.number("seen") < last { bad += 1 }
                writer.send(SIGCONT)
            }
            reader.end(SIGKILL)
            writer.end(SIGKILL)
            // Now it has ended, and the next one is the writer at once.
            let next = try Dialogue(program, ["count", path.string, "--commits", "1"] + seed)
            let found = try next.number("found")
            #expect(found >= last, "\(next.errorText())")
            #expect(try next.number("acknowledged") == found + 1)
            #expect(next.status() == 0)
        }
        ProofSize.report(row: 8, "writers stopped and continued", done: stalls, bad: bad)
        #expect(bad == 0, "seed \(ProofSize.seed)")
    }
}
