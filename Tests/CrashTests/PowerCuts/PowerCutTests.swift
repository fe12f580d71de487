#if os(Linux)
    import Testing
    import WeirTesting

    /// The file system is shut down under a store that is being written, without its journal's tail, at any moment; then it is mounted again.
    ///
    /// What had reached the device stays, what had not is gone. The device itself loses nothing: what becomes of writes that a disk's own cache reorders is
    /// another proof's.
    @Suite(
        "Power cuts", .serialized,
        .enabled(if: Program.crashSubject != nil && !BlockFileSystem.Kind.available.isEmpty, "skipped: needs root and a loop device"))
    struct PowerCutTests {
        static let cuts = ProofSize.number("POWER_CUTS", 100)
        /// Cuts within which what must lose commits has lost one, but for a chance of none to speak of.
        private static let mostUntilLoss = 400

        private func run(
            _ kind: BlockFileSystem.Kind, _ durability: String, _ cuts: Int, mayLose: Int = 0, untilLoss most: Int = 0, early: Bool = false
        ) throws -> PowerCutRun.Tally {
            let disk = try BlockFileSystem(kind, backing: 1 << 30)
            let run = PowerCutRun(program: try #require(Program.crashSubject), durability: durability, acknowledgesEarly: early)
            var random = SeededGenerator(seed: ProofSize.seed)
            let tally = try run.run(cuts, on: disk, mayLose: mayLose, untilLoss: most, random: &random)
            let what = "power cuts on \(kind) under \(durability)\(early ? ", acknowledged too early" : "")"
            ProofSize.report(
                row: 2,
                "\(what) (\(tally.acknowledged) commits acknowledged, \(tally.early) cuts while opening, \(tally.trapped) ended by a signal, \(tally.destroyed) destroyed, most lost \(tally.mostLost))",
                done: tally.cuts, bad: tally.lost + tally.destroyed)
            return tally
        }

        @Test("full: every acknowledged commit is there, and at most the one in flight besides", arguments: BlockFileSystem.Kind.available)
        func full(_ kind: BlockFileSystem.Kind) throws {
            let tally = try run(kind, "full", Self.cuts)
            #expect(tally.lost == 0 && tally.destroyed == 0, "seed \(ProofSize.seed): \(tally.examples)")
            #expect(tally.acknowledged >= tally.cuts, "cuts of a process that does nothing prove nothing")
        }

        @Test("lastCommitMayBeLost: the store is intact, and at most the newest commit is gone", arguments: BlockFileSystem.Kind.available)
        func lastCommitMayBeLost(_ kind: BlockFileSystem.Kind) throws {
            let tally = try run(kind, "lastCommitMayBeLost", max(10, Self.cuts / 5), mayLose: 1)
            #expect(tally.lost == 0 && tally.destroyed == 0, "seed \(ProofSize.seed): \(tally.examples)")
            #expect(tally.acknowledged >= tally.cuts, "cuts of a process that does nothing prove nothing")
        }

        /// The control: what these cuts do to a store that does not flush, they would do to one that does, if flushing did not help.
        @Test("processCrashOnly: acknowledged commits are lost, as Docs/Guarantees says", arguments: BlockFileSystem.Kind.available)
        func processCrashOnly(_ kind: BlockFileSystem.Kind) throws {
            let tally = try run(kind, "processCrashOnly", max(10, Self.cuts / 10), untilLoss: Self.mostUntilLoss)
            // About seven of ten do; of a few, any number may.
            let due = tally.cuts < 100 ? 1 : tally.cuts / 2
            #expect(tally.lost > 0 && tally.lost + tally.destroyed >= due, "seed \(ProofSize.seed): \(tally)")
        }

        @Test("an acknowledgement before the flush is found out", arguments: BlockFileSystem.Kind.available)
        func early(_ kind: BlockFileSystem.Kind) throws {
            let tally = try run(kind, "full", max(10, Self.cuts / 10), untilLoss: Self.mostUntilLoss, early: true)
            #expect(tally.lost > 0, "seed \(ProofSize.seed): \(tally)")
        }
    }
#endif
