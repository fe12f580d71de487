import Testing
import WeirStore
import WeirTesting

@testable import Weir

@Suite("Keyed state against a dictionary")
struct StateModelTests {
    @Test("random changes, commits and crashes leave exactly what was committed", arguments: 1...30 as ClosedRange<UInt64>)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let configuration = StateConfiguration(
            journalLimit: [4 << 10, 6 << 10, 16 << 10, 1 << 20][random.below(4)],
            memoryLimit: [4 << 10, 8 << 10, 1 << 20][random.below(3)],
            maximumFoldsPerCommit: [10, 50, 1_000][random.below(3)], chunkBytes: [256, 700, 4_096][random.below(3)])
        let universe = [20, 200, 1_500][random.below(3)]
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 1 + random.below(4), configuration)
            for step in 0..<120 {
                try changeSomething(rig, &random, universe, "seed \(seed), step \(step)")
                rig.capture()
                while rig.batchesInFlight > random.below(3) {
                    try rig.commit()
                    if universe <= 200 { #expect(try rig.viewed() == rig.committed, "seed \(seed), step \(step)") }
                }
                #expect(rig.journal.statistics.tailBytes <= configuration.journalLimit, "seed \(seed), step \(step)")
                switch random.below(24) {
                case 0: try rig.crash(tasks: 1 + random.below(5))
                case 1:
                    #expect(throws: StateRig.Injected.self) {
                        try rig.commit(undone: true)
                        if rig.batchesInFlight == 0 { throw StateRig.Injected() }
                    }
                    try rig.crash(tasks: 1 + random.below(5))
                case 2...4:
                    #expect(try rig.viewed() == rig.committed, "seed \(seed), step \(step)")
                case 5: #expect(try rig.scanned() == rig.current, "seed \(seed), step \(step)")
                default: break
                }
            }
            try rig.commitAll()
            #expect(try rig.viewed() == rig.committed, "seed \(seed)")
            try rig.crash(tasks: 3)
            for key in rig.committed.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                #expect(try rig.get(key) == rig.committed[key], "seed \(seed)")
            }
            #expect(try rig.scanned() == rig.committed, "seed \(seed)")
        }
    }

    private func changeSomething(_ rig: StateRig, _ random: inout SeededGenerator, _ universe: Int, _ place: String) throws {
        for _ in 0..<random.below(60) {
            let number = random.below(random.below(3) == 0 ? universe : min(universe, 30))
            let key = Array((number % 3 == 0 ? "counter" : "value").utf8) + withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }.suffix(2)
            if number % 3 == 0 {
                if random.below(12) == 0 {
                    try rig.remove(key)
                } else {
                    let agrees = try rig.add(Int64(random.below(2_000)) - 700, to: key)
                    #expect(agrees, "\(place)")
                }
            } else {
                switch random.below(6) {
                case 0: try rig.remove(key)
                case 1: #expect(try rig.get(key) == rig.current[key], "\(place)")
                default: try rig.put(random.bytes(random.below(4) == 0 ? random.below(400) : random.below(10)), for: key)
                }
            }
        }
    }
}
