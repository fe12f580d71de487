#if os(Linux)
    import Foundation
    import Testing
    import WeirTesting

    /// The device has no room for what the file system writes to it: flushes fail with EIO, at any moment. Then it has room again and is mounted anew.
    @Suite(
        "A device with errors", .serialized,
        .enabled(if: Program.crashSubject != nil && !BlockFileSystem.Kind.available.isEmpty, "skipped: needs root and a loop device"))
    struct DeviceErrorTests {
        static let rounds = ProofSize.number("DEVICE_ROUNDS", 8)

        @Test(
            "every acknowledged commit is there afterwards, and at most those of unknown outcome besides",
            arguments: BlockFileSystem.Kind.available)
        func rounds(_ kind: BlockFileSystem.Kind) throws {
            let program = try #require(Program.crashSubject)
            var random = SeededGenerator(seed: ProofSize.seed)
            var tally = Tally()
            let disk = try BlockFileSystem(kind, backing: kind == .ext4 ? 40 << 20 : 120 << 20)
            for round in 0..<Self.rounds {
                // Now and then on an empty device: what has its place on the device already can be written again without an error.
                if round.isMultiple(of: 4) { try tally.beginStore(on: disk) }
                try self.round(program, disk, &tally, &random)
            }
            try tally.check(look(program, disk))
            ProofSize.report(
                row: 7, "device errors on \(kind) (\(tally.failed) commits failed, \(tally.acknowledged) acknowledged)", done: Self.rounds,
                bad: tally.problems.count)
            #expect(tally.problems.isEmpty, "seed \(ProofSize.seed): \(tally.problems.prefix(5))")
            #expect(tally.failed >= Self.rounds / 2, "a device that does not fail proves nothing")
        }

        private func start(_ program: Program, _ disk: BlockFileSystem, _ more: String...) throws -> Dialogue {
            try Dialogue(program, ["count", disk.path + "/store", "--seed", "\(ProofSize.seed)"] + more)
        }

        private func look(_ program: Program, _ disk: BlockFileSystem) throws -> String? {
            let dialogue = try start(program, disk, "--commits", "0")
            defer { dialogue.status() }
            return dialogue.line() ?? dialogue.errorText()
        }

        private func round(_ program: Program, _ disk: BlockFileSystem, _ tally: inout Tally, _ random: inout SeededGenerator) throws {
            // Each commit waits to be told: so the errors begin at one that is known, and the device has room again when the process has given up, or before.
            let dialogue = try start(program, disk, "--steps", "--attempts", "6")
            tally.check(dialogue.line() ?? dialogue.errorText())
            for _ in 0..<Int.random(in: 0...6, using: &random) { try tally.step(dialogue) }
            try disk.exhaust()
            let mends = Bool.random(using: &random)
            var failures = 0
            // Places that the device has already may be written again: some commits still succeed.
            for _ in 0..<60 where failures < 3 {
                guard let isDone = try tally.step(dialogue) else { break }
                failures += isDone ? 0 : 1
            }
            if mends {
                try disk.relieve()
                for _ in 0..<4 { guard try tally.step(dialogue) != nil else { break } }
            }
            try dialogue.close()
            let status = dialogue.status()
            if status < 0 { tally.problems.append("ended by signal \(-status): \(dialogue.errorText())") }
            // Whatever was not flushed by then is lost with the mount.
            try disk.unmount()
            if !mends { try disk.relieve() }
            try disk.mountAgain()
        }

        /// What was said, and what must be there.
        private struct Tally {
            var acknowledged = 0
            var failed = 0
            var problems: [String] = []
            private var number = 0
            /// Commits that failed since the newest acknowledged one: one of them may be there nevertheless.
            private var hasFailed = false

            mutating func beginStore(on disk: BlockFileSystem) throws {
                try disk.format()
                (number, hasFailed) = (0, false)
            }

            /// One commit: whether it succeeded; nil when the process has ended.
            @discardableResult
            mutating func step(_ dialogue: Dialogue) throws -> Bool? {
                guard (try? dialogue.tell("")) != nil, let line = dialogue.line() else { return nil }
                let words = line.split(separator: " ")
                switch words.first {
                case "acknowledged":
                    guard let next = Int(words[1]), next == number + 1 || (hasFailed && next == number + 2) else {
                        problems.append("\(line) after \(number)")
                        return true
                    }
                    (number, hasFailed) = (next, false)
                    acknowledged += 1
                    return true
                case "failed":
                    failed += 1
                    hasFailed = true
                    return false
                default: return nil
                }
            }

            mutating func check(_ line: String?) {
                let words = line?.split(separator: " ") ?? []
                guard words.count == 3, words[0] == "found", let found = Int(words[1]) else {
                    return problems.append("after \(number): \(line ?? "nothing said")")
                }
                if found < number || found > number + 1 { problems.append("\(number) was acknowledged, and found was \(line ?? "")") }
                (number, hasFailed) = (found, false)
            }
        }
    }
#endif
