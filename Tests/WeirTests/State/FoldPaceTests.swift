import Testing
import WeirTesting

@testable import Weir

@Suite("The pace of folding")
struct FoldPaceTests {
    @Test("what is due ends the round in time, is never more than what is left, and never less than before")
    func exhaustive() {
        var wrong: [String] = []
        for limit in [8, 64, 200] {
            for total in [0, 1, 2, 7] {
                var pace = FoldPace(limit: limit)
                pace.begin(keys: total, appended: 500)
                for tail in [0, limit / 2, pace.threshold, pace.threshold + 1, limit] {
                    var previous = 0
                    for passed in 0...limit {
                        for left in 0...total {
                            let due = pace.due(left: left, appended: 500 + UInt64(passed), tail: tail)
                            let isAll = UInt64(passed) >= pace.budget || tail > pace.threshold
                            if due < 0 || due > left || (isAll && due != left) {
                                wrong.append("\(limit) \(total) \(tail) \(passed) \(left)")
                            }
                            if left == total {
                                if due < previous { wrong.append("\(limit) \(total) \(tail) \(passed)") }
                                previous = due
                            }
                        }
                    }
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test("numbers at their ends do not overflow")
    func extremes() {
        var pace = FoldPace(limit: .max)
        pace.begin(keys: .max, appended: .max - 10)
        #expect(pace.due(left: .max, appended: 5, tail: 0) >= 0)
        #expect(pace.due(left: .max, appended: .max - 10 &+ pace.budget, tail: 0) == .max)
        #expect(FoldPace(limit: 1).due(left: 3, appended: 1, tail: 0) == 3)
    }

    /// Tasks that change keys, the ledger, and nothing else: hundreds of commits in a moment.
    ///
    /// The tail stays below three quarters of the limit and what the batches in flight bring, as long as a commit may fold as many keys
    /// as it changes; so a batch of up to a quarter never makes the journal fold everything at once.
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
        queue.fold(capture: number, appended: appended, tail: tail, rushed: false, most: .max) { unfoldedSince[$0] = nil }
        queue.settle(durable: number) { _ in }
        lost += unfoldedSince.values.count { $0 <= queue.foldedThrough }
        return Capture(slot: slot, number: number, changes: changes, foldedThrough: queue.foldedThrough)
    }
}
