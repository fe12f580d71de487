#if os(Linux)
    import Foundation
    import WeirTesting

    /// Cuts the power of a process that counts in a store, again and again, and says what became of what it had acknowledged.
    struct PowerCutRun {
        /// What was found after the cuts.
        struct Tally {
            var cuts = 0
            var acknowledged = 0
            /// Cuts after which an acknowledged commit was gone, and the most that were gone.
            var lost = 0
            var mostLost = 0
            /// Cuts after which the store did not verify, held something else, or ended the process that looked.
            var destroyed = 0
            /// Cuts that came while the store was being opened or checked.
            var early = 0
            /// Processes that a signal of their own ended when their disk was gone.
            var trapped = 0
            var examples: [String] = []

            mutating func note(_ what: String) { if examples.count < 5 { examples.append(what) } }
        }

        let program: Program
        let durability: String
        let acknowledgesEarly: Bool
        /// Cuts of one store, before the next begins with an empty folder.
        private let cutsPerStore = 40

        /// `mayLose`: acknowledged commits that this durability may lose, the newest ones. With `untilLoss` it goes on, up to so many cuts, until one has lost more:
        /// for what must lose some, but need not in a few cuts.
        func run(
            _ cuts: Int, on disk: BlockFileSystem, mayLose: Int = 0, untilLoss most: Int = 0, random: inout SeededGenerator
        ) throws -> Tally {
            var tally = Tally()
            while tally.cuts < cuts || (tally.lost == 0 && tally.cuts < most) {
                try disk.format()
                let seed = UInt64.random(in: 0...UInt64(UInt32.max), using: &random)
                var acknowledged = Acknowledged()
                var (left, isSound) = (min(cutsPerStore, max(10, cuts - tally.cuts)), true)
                while left > 0, isSound {
                    isSound = try life(seed, disk, mayLose, &acknowledged, &tally, &random)
                    tally.cuts += 1
                    left -= 1
                }
                if isSound { try look(seed, disk, mayLose, &acknowledged, &tally) }
            }
            return tally
        }

        /// The newest commit that was said to be durable.
        private struct Acknowledged {
            var number = 0
            var transaction = 0
        }

        private func start(_ seed: UInt64, _ disk: BlockFileSystem, commits: Int?) throws -> Dialogue {
            var arguments = ["count", disk.path + "/store", "--seed", "\(seed)", "--durability", durability]
            if let commits { arguments += ["--commits", "\(commits)"] }
            if acknowledgesEarly { arguments.append("--early") }
            return try Dialogue(program, arguments)
        }

        /// One life, which checks what the last cut left, goes on, and is cut off. False when the store is no more.
        private func life(
            _ seed: UInt64, _ disk: BlockFileSystem, _ mayLose: Int, _ acknowledged: inout Acknowledged, _ tally: inout Tally,
            _ random: inout SeededGenerator
        ) throws -> Bool {
            let dialogue = try start(seed, disk, commits: nil)
            var isSound = true
            if Int.random(in: 0..<8, using: &random) == 0 {
                // While it opens the store, most likely.
                poll(nil, 0, Int32.random(in: 0...60, using: &random))
                tally.early += 1
            } else {
                isSound = check(dialogue.line(), mayLose, dialogue, &acknowledged, &tally)
                for _ in 0..<Int.random(in: 0...12, using: &random) where isSound { note(dialogue.line(), &acknowledged, &tally) }
                if isSound { usleep(UInt32.random(in: 0...3000, using: &random)) }
            }
            if Bool.random(using: &random) { writeBack(disk, &random) }
            try disk.cut()
            // Some are ended at once; the others see what a process sees whose disk is gone, and must not acknowledge what is not there.
            if Bool.random(using: &random) { dialogue.send(SIGKILL) } else if !dialogue.ends(within: 1) { dialogue.send(SIGKILL) }
            for line in dialogue.rest() {
                if line.hasPrefix("found") { isSound = check(line, mayLose, dialogue, &acknowledged, &tally) && isSound }
                note(line, &acknowledged, &tally)
            }
            let status = dialogue.status()
            if status < 0, status != -SIGKILL {
                tally.trapped += 1
                tally.note("ended by signal \(-status) after the cut: \(dialogue.errorText())")
            }
            try disk.unmount()
            try disk.mountAgain()
            return isSound
        }

        /// A life that only looks.
        private func look(
            _ seed: UInt64, _ disk: BlockFileSystem, _ mayLose: Int, _ acknowledged: inout Acknowledged, _ tally: inout Tally
        ) throws {
            let dialogue = try start(seed, disk, commits: 0)
            _ = check(dialogue.line(), mayLose, dialogue, &acknowledged, &tally)
            dialogue.status()
        }

        private func note(_ line: String?, _ acknowledged: inout Acknowledged, _ tally: inout Tally) {
            guard let words = line?.split(separator: " "), words.count == 3, words[0] == "acknowledged", let number = Int(words[1]),
                let transaction = Int(words[2])
            else { return }
            if number != acknowledged.number + 1 || transaction <= acknowledged.transaction {
                tally.destroyed += 1
                tally.note("\(line ?? "") came after \(acknowledged)")
            }
            acknowledged = Acknowledged(number: number, transaction: transaction)
            tally.acknowledged += 1
        }

        /// Whether the store can be gone on with. What was not acknowledged and is there nevertheless is the one commit in flight.
        private func check(
            _ line: String?, _ mayLose: Int, _ dialogue: Dialogue, _ acknowledged: inout Acknowledged, _ tally: inout Tally
        ) -> Bool {
            guard let words = line?.split(separator: " "), words.count == 3, words[0] == "found", let number = Int(words[1]),
                let transaction = Int(words[2])
            else {
                tally.destroyed += 1
                let status = dialogue.end(SIGKILL)
                tally.note(
                    "after \(acknowledged) the store is destroyed: \(line ?? "nothing said"), status \(status), \(dialogue.errorText())")
                return false
            }
            let missing = acknowledged.number - number
            if missing > mayLose || transaction < acknowledged.transaction - mayLose {
                tally.lost += 1
                tally.mostLost = max(tally.mostLost, missing)
                tally.note("\(acknowledged) was acknowledged, and found was \(line ?? "")")
            } else if missing < -1 {
                tally.destroyed += 1
                tally.note("\(acknowledged) was acknowledged, and found was more than the one in flight: \(line ?? "")")
            }
            acknowledged.number = number
            acknowledged.transaction = max(transaction, 0)
            return true
        }

        /// What the kernel does by itself at any time: some of the pages go to the disk before the others.
        private func writeBack(_ disk: BlockFileSystem, _ random: inout SeededGenerator) {
            let file = open(disk.path + "/store/data.mdb", O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return }
            defer { close(file) }
            let pages = Int(lseek(file, 0, SEEK_END)) / 4096
            for _ in 0..<Int.random(in: 1...4, using: &random) where pages > 0 {
                let first = Int.random(in: 0..<pages, using: &random)
                let count = Int.random(in: 1...min(8, pages - first), using: &random)
                posix_fadvise(file, first * 4096, count * 4096, POSIX_FADV_DONTNEED)
            }
        }
    }
#endif
