import Foundation
import WeirTesting

/// Goes through a recording and looks at the states that a crash may have left at each point of it: first any choice of the pages that were not flushed,
/// then pages torn at their sectors.
struct CrashSearch {
    /// What was looked at.
    struct Tally: Codable {
        var commits = 0
        /// Points at which every choice of pages was tried.
        var complete = 0
        var points = 0
        var states = 0
        var torn = 0
        var opened = 0
        var bad = 0
        /// The first few of them.
        var examples: [String] = []
    }

    let recording: Recording
    let opening: CrashOpening
    /// Commits that may be missing though they were acknowledged: none, unless the durability says so.
    let mayLose: Int
    /// Choices of pages that are tried at a point; all of them where they are no more.
    let choices: Int
    /// Torn states besides, at each point.
    let tears: Int
    /// Every so many states, one is opened as a program would.
    let openEvery: Int
    private var random: SeededGenerator
    private let disk: CrashDisk
    private var judge = CrashJudge()
    private var newest = -1
    private var acknowledged = (commit: -1, step: UInt64(0))
    private var begun: UInt64 = 0
    private var isOpen = false
    private(set) var tally = Tally()

    init(_ recording: Recording, opening: CrashOpening, mayLose: Int, choices: Int, tears: Int, openEvery: Int, seed: UInt64) throws {
        (self.recording, self.opening, self.mayLose) = (recording, opening, mayLose)
        (self.choices, self.tears, self.openEvery) = (choices, tears, openEvery)
        random = SeededGenerator(seed: seed)
        disk = try CrashDisk(in: opening.folder)
    }

    mutating func run() throws {
        for entry in recording {
            switch entry {
            case .write(let offset, let data, let isFlushed):
                disk.write(recording.bytes[data], at: offset)
                // Pages 0 and 1 are LMDB's meta pages: written last, they make the commit.
                let isMeta = offset < 2 * CrashDisk.pageBytes
                if isMeta { try addCommit() }
                if isOpen, isMeta { try look() }
                if isFlushed { try disk.flush(lastOnly: true) }
            case .flush:
                if isOpen { try look() }
                try disk.flush()
            case .said(let line): try hear(line)
            }
        }
    }

    private mutating func hear(_ line: String) throws {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard words.count > 1, let number = UInt64(words[1]) else { return }
        switch words[0] {
        case "opened":
            acknowledged = (newest, 0)
            isOpen = true
        case "begun": begun = number
        case "acknowledged": acknowledged = (newest, number)
        default: break
        }
    }

    /// What the file shows with all that was written.
    private mutating func addCommit() throws {
        try disk.show({ _ in 0xFF }, extended: false)
        newest = try judge.add(disk.descriptor)
        if isOpen { tally.commits += 1 }
    }

    /// Every state that the disk may be in now, or as many as are to be tried.
    private mutating func look() throws {
        let units = disk.pending.count
        guard units > 0 else { return }
        tally.points += 1
        let grows = disk.pending.contains { $0.end > disk.durable.count }
        let isComplete = units < 20 && (1 << units) * (grows ? 2 : 1) <= choices
        for extended in grows ? [false, true] : [false] {
            if isComplete {
                // Neighbours differ in one page (Gray's code).
                for step in 0..<1 << units {
                    let choice = step ^ (step >> 1)
                    try check(extended) { choice & (1 << $0) != 0 ? 0xFF : 0 }
                }
            } else {
                for _ in 0..<max(1, choices / (grows ? 2 : 1)) {
                    let chosen = draw(units)
                    try check(extended) { chosen[$0] }
                }
            }
        }
        if isComplete { tally.complete += 1 }
        for _ in 0..<tears {
            var chosen = draw(units)
            let wholes = disk.pending.indices.filter { disk.pending[$0].isWholePage }
            guard let torn = wholes.randomElement(using: &random) else { break }
            chosen[torn] = .random(in: 0...255, using: &random)
            try check(Bool.random(using: &random)) { chosen[$0] }
            tally.torn += 1
        }
    }

    /// A random choice of pages; sometimes of almost all of them, or almost none, where mistakes hide best.
    private mutating func draw(_ units: Int) -> [UInt8] {
        let share = [0.5, 0.1, 0.9].randomElement(using: &random) ?? 0.5
        return (0..<units).map { _ in Double.random(in: 0..<1, using: &random) < share ? 0xFF : 0 }
    }

    private mutating func check(_ extended: Bool, _ sectors: (Int) -> UInt8) throws {
        try disk.show(sectors, extended: extended)
        tally.states += 1
        let verdict = judge.verdict(disk.descriptor)
        let allowed = max(0, acknowledged.commit - mayLose)...newest
        if case .commit(let commit) = verdict, allowed.contains(commit) {
            guard mayLose == 0, tally.states.isMultiple(of: openEvery) else { return }
            tally.opened += 1
            let problems = try opening.problems(disk.descriptor, acknowledged: acknowledged.step, begun: begun)
            if let problem = problems.first { note(problem) }
        } else {
            note("\(verdict), allowed are commits \(allowed)")
        }
    }

    private mutating func note(_ problem: String) {
        tally.bad += 1
        if tally.examples.count < 5 { tally.examples.append("state \(tally.states) at commit \(newest), step \(begun): \(problem)") }
    }
}
