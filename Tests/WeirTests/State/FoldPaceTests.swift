import Testing
import WeirTesting

@testable import Weir

@Suite("The pace of folding")
struct FoldPaceTests {
    @Test("what is due ends the round in time, is never more than what is left, and grows with the bytes passed and with the tail")
    func exhaustive() {
        var wrong: [String] = []
        for limit in [8, 64, 200] {
            for total in [0, 1, 2, 7] {
                for began in [500, 500 + UInt64(limit) / 8] {
                    var pace = FoldPace(limit: limit)
                    pace.begin(keys: total, appended: began)
                    var above = [Int](repeating: 0, count: limit + 1)
                    for tail in 0...limit {
                        var previous = 0
                        for passed in 0...limit {
                            for left in 0...total {
                                let due = pace.due(left: left, appended: began + UInt64(passed), tail: tail)
                                let isAll = UInt64(passed) >= pace.budget / 2 * 3 + 1 || tail > pace.rush
                                if due < 0 || due > left || (isAll && due != left) {
                                    wrong.append("\(limit) \(total) \(tail) \(passed) \(left)")
                                }
                                if left == total {
                                    if due < previous || due < above[passed] { wrong.append("\(limit) \(total) \(tail) \(passed)") }
                                    previous = due
                                    above[passed] = due
                                }
                            }
                        }
                    }
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test("rounds that begin at different places of a window end together, and none is pressed into its last half")
    func windows() {
        let limit = 1_600
        for began in 0..<UInt64(500) {
            var pace = FoldPace(limit: limit)
            pace.begin(keys: 100, appended: began)
            let end: UInt64 = began <= 250 ? 500 : 1_000
            #expect(pace.due(left: 100, appended: end, tail: 0) == 100)
            #expect(pace.due(left: 100, appended: end - 1, tail: 0) < 100)
        }
    }

    @Test("the longer the tail, the greater the share that is folded before its time")
    func hurry() {
        var pace = FoldPace(limit: 1_600)
        pace.begin(keys: 100, appended: 0)
        let tails = [0, 1_200, 1_202, 1_250, 1_300, 1_350, 1_398, 1_401]
        #expect(tails.map { pace.due(left: 100, appended: 0, tail: $0) } == [0, 0, 1, 25, 50, 75, 99, 100])
        #expect(pace.due(left: 40, appended: 0, tail: 1_300) == 20)
    }

    @Test("numbers at their ends do not overflow")
    func extremes() {
        var pace = FoldPace(limit: .max)
        pace.begin(keys: .max, appended: .max - 10)
        #expect(pace.due(left: .max, appended: 5, tail: 0) >= 0)
        #expect(pace.due(left: .max, appended: 5, tail: .max) == .max)
        #expect(pace.due(left: .max, appended: .max - 10 &+ pace.budget / 2 * 3, tail: 0) == .max)
        #expect(FoldPace(limit: 1).due(left: 3, appended: 1, tail: 0) == 3)
    }

    /// Eight tasks change keys that lie in one table, a page for every 40 of them, with four batches in flight.
    @Test("each commit folds about as many keys as the one before it, and a page is not written once for each task")
    func evenness() {
        let (limit, tasks, keys, batch) = (400_000, 8, 8_000, 400)
        var random = SeededGenerator(seed: 7)
        var ledger = JournalLedger()
        let states = (0..<tasks).map { _ in Simulated(slot: ledger.addState(), limit: limit, keys: keys / tasks) }
        var appended: UInt64 = 0
        var deleted: UInt64 = 0
        var waiting: [[Simulated.Capture]] = []
        var folds: [Int] = []
        var pages = 0
        for step in 0..<600 {
            var captures: [Simulated.Capture] = []
            for (index, state) in states.enumerated() {
                // They do not begin together.
                let changes = step < index * 5 ? 0 : batch / tasks
                appended += UInt64(changes * 10)
                captures.append(state.capture(changes, &random, appended: appended, tail: Int(appended - deleted)))
            }
            if step >= 300 {
                folds.append(captures.reduce(0) { $0 + $1.folded.count })
                pages += Set(captures.flatMap { capture in capture.folded.map { ($0 * tasks + capture.slot) / 40 } }).count
            }
            waiting.append(captures)
            guard waiting.count == 4 else { continue }
            let oldest = waiting.removeFirst()
            for capture in oldest {
                if capture.changes > 0 { ledger.changed(state: capture.slot, capture: capture.number) }
                ledger.folded(state: capture.slot, through: capture.foldedThrough)
            }
            let deletable = ledger.deletable
            ledger.append(.init(id: UInt64(step), firstChunk: 0, chunks: 1, cost: oldest.reduce(0) { $0 + $1.changes * 10 }))
            for _ in 0..<deletable { deleted += UInt64(ledger.removeFirst()?.cost ?? 0) }
        }
        let folded = folds.reduce(0, +)
        let mean = folded / folds.count
        #expect(mean > 100, "too little is folded to say anything")
        #expect((folds.max() ?? .max) <= mean * 2, "\(folds.max() ?? 0) at once, \(mean) on average")
        let rounds = Double(folded) / Double(keys)
        #expect(Double(pages) <= rounds * Double(keys / 40) * 5, "\(pages) pages in \(rounds) rounds of \(keys / 40)")
    }

    /// Tasks that change keys, the ledger, and nothing else: hundreds of commits in a moment.
    ///
    /// The tail stays below seven eighths of the limit and what the batches in flight bring, as long as a commit may fold as many keys
    /// as it changes; so a batch of up to an eighth never makes the journal fold everything at once.
    @Test("the tail keeps its bound for any number of tasks, batches in flight and batch sizes", arguments: 1...20 as ClosedRange<UInt64>)
    func simulation(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = 20_000 + random.below(200_000)
        let tasks = 1 + random.below(6)
        let depth = random.below(4)
        let largest = limit / 8 / (depth + 2)
        var ledger = JournalLedger()
        let states = (0..<tasks).map { _ in Simulated(slot: ledger.addState(), limit: limit, keys: 1 + random.below(500)) }
        var appended: UInt64 = 0
        var deleted: UInt64 = 0
        var waiting: [(cost: Int, captures: [Simulated.Capture])] = []
        var peak = 0
        for step in 0..<250 {
            var cost = 0
            let size = random.below(10) == 0 ? largest : 1 + random.below(largest)
            var captures: [Simulated.Capture] = []
            for index in states.indices {
                let changes = random.below(4) == 0 ? 0 : size / 10 / tasks
                cost += changes * 10
                appended += UInt64(changes * 10)
                captures.append(
                    states[index].capture(changes, &random, appended: appended, tail: Int(appended - deleted)))
            }
            waiting.append((cost, captures))
            while waiting.count > depth {
                let (cost, captures) = waiting.removeFirst()
                for capture in captures {
                    if capture.changes > 0 { ledger.changed(state: capture.slot, capture: capture.number) }
                    ledger.folded(state: capture.slot, through: capture.foldedThrough)
                }
                let deletable = ledger.deletable
                ledger.append(.init(id: UInt64(step), firstChunk: 0, chunks: 1, cost: cost))
                for _ in 0..<deletable { deleted += UInt64(ledger.removeFirst()?.cost ?? 0) }
                peak = max(peak, ledger.bytes)
            }
        }
        #expect(peak <= limit, "seed \(seed): \(peak) of \(limit)")
        #expect(peak > limit / 4, "seed \(seed): the simulation does not get near the limit")
        // What the ledger has let go, the states have folded.
        for state in states { #expect(state.lost == 0, "seed \(seed)") }
    }
}

/// A state reduced to what folding is about: keys, the captures in which they changed, and the queue in which they wait.
private final class Simulated {
    struct Capture {
        let slot: Int
        let number: UInt64
        let changes: Int
        let foldedThrough: UInt64
        /// The numbers of the keys.
        let folded: [Int]
    }

    let slot: Int
    private var queue: FoldQueue
    private var map = ByteMap()
    private var records: [ByteRecordPointer] = []
    private var number: UInt64 = 0
    /// By key: the first capture whose change is not folded; nil when there is none.
    private var unfoldedSince: [ByteRecordPointer: UInt64] = [:]
    private(set) var lost = 0

    init(slot: Int, limit: Int, keys: Int) {
        self.slot = slot
        queue = FoldQueue(FoldPace(limit: limit))
        for key in 0..<keys { records.append(withUnsafeBytes(of: key.bigEndian) { map.insert($0) }) }
    }

    func capture(_ changes: Int, _ random: inout SeededGenerator, appended: UInt64, tail: Int) -> Capture {
        number += 1
        for _ in 0..<changes {
            let record = records[random.below(records.count)]
            if unfoldedSince[record] != nil { continue }
            unfoldedSince[record] = number
            queue.add(record)
        }
        var folded: [Int] = []
        queue.fold(capture: number, appended: appended, tail: tail, rushed: false, most: .max) {
            unfoldedSince[$0] = nil
            folded.append(Int(UInt64(bigEndian: $0.key.loadUnaligned(as: UInt64.self))))
        }
        queue.settle(durable: number) { _ in }
        lost += unfoldedSince.values.count { $0 <= queue.foldedThrough }
        return Capture(slot: slot, number: number, changes: changes, foldedThrough: queue.foldedThrough, folded: folded)
    }
}
