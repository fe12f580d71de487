import Foundation
import SystemPackage
import Testing
import WeirTesting

@Suite("Millions of updates")
struct UpdatesTests {
    @Test("10 million updates over 1 million keys keep the limits of the journal and of memory, and every sum is right")
    func updates() throws {
        let program = try #require(Program.crashSubject)
        // A debug build takes a tenth, in the same time.
        let count = ProofSize.number("UPDATES", program.path.contains("/release/") ? 10_000_000 : 1_000_000)
        try withTemporaryFolder { folder in
            let ending = try program.run(
                [
                    "updates", folder.appending("store").string, "--count", "\(count)", "--keys", "\(count / 10)", "--seed",
                    "\(ProofSize.seed)",
                ])
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(ending.output.contains("\(count) done, every sum right, limits kept"))
            ProofSize.report(row: 0, "updates of keyed state", done: count, bad: ending.status == 0 ? 0 : 1)
        }
    }

    @Test("killed with a journal's tail at its longest, it starts again with every key as it was committed")
    func recovery() throws {
        let program = try #require(Program.crashSubject)
        let bytes = ProofSize.number("STATE_BYTES", 10_000_000)
        try withTemporaryFolder { folder in
            let arguments = ["recovery", folder.appending("store").string, "--bytes", "\(bytes)", "--seed", "\(ProofSize.seed)"]
            let killed = try program.run(arguments + ["--prepare"])
            #expect(killed.status == -SIGKILL, "\(killed.errors)")
            // The first start changes nothing that a second one would not find again.
            for options in [["--start-only"], []] {
                let ending = try program.run(arguments + options)
                #expect(ending.status == 0, "\(ending.errors)")
                #expect(ending.output.contains("keys as they were committed") == options.isEmpty)
                print(ending.output, terminator: "")
            }
        }
    }
}
