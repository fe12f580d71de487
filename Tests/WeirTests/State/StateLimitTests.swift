import Testing
import WeirStore
import WeirTesting

@testable import Weir

@Suite("Limits of keyed state")
struct StateLimitTests {
    @Test("keys that were dropped from memory are read back as they were, however many batches wait for their commit", arguments: [0, 3])
    func dropped(depth: Int) throws {
        let configuration = StateConfiguration(journalLimit: 64 << 10, memoryLimit: 16 << 10)
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 2, configuration)
            var random = SeededGenerator(seed: 3)
            for batch in 0..<200 {
                for number in 0..<20 { try rig.put(random.bytes(random.below(60)), for: Array("key \(batch * 20 + number)".utf8)) }
                // What was folded and is not durable yet is in memory alone.
                for number in max(0, batch - 8) * 20..<batch * 20 {
                    let key = Array("key \(number)".utf8)
                    if try rig.get(key) != rig.current[key] { Issue.record("batch \(batch): key \(number) came back changed") }
                }
                rig.capture()
                while rig.batchesInFlight > depth { try rig.commit() }
            }
            try rig.commitAll()
            #expect(rig.tasks.allSatisfy { $0.statistics.dropped > 500 })
            for (key, value) in rig.current where try rig.get(key) != value { Issue.record("\(key) came back changed") }
            #expect(rig.tasks.allSatisfy { $0.statistics.memoryBytes <= 2 * configuration.memoryLimit })
            #expect(try rig.viewed() == rig.committed)
        }
    }

    @Test("a batch larger than the journal's limit is folded at once and leaves no row")
    func hugeBatch() throws {
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 3, StateConfiguration(journalLimit: 8 << 10))
            for number in 0..<100 { try rig.put([1], for: Array("small \(number)".utf8)) }
            rig.capture()
            try rig.commit()
            for number in 0..<3_000 { try rig.put([2, 3], for: Array("key \(number)".utf8)) }
            for number in 0..<50 { try rig.remove(Array("small \(number)".utf8)) }
            rig.capture()
            try rig.commit()
            #expect(rig.journal.statistics.checkpoints == 1)
            #expect(rig.journal.statistics.tailBytes <= 8 << 10)
            #expect(try rig.viewed() == rig.committed)
            try rig.crash(tasks: 2)
            #expect(try rig.scanned() == rig.committed)
        }
    }

    @Test("a batch larger than a transaction may be is refused with an error that says what to do")
    func tooLarge() throws {
        let small = StoreConfiguration(durability: .processCrashOnly, maximumTransactionOperations: 1_000)
        try withTemporaryStore(configuration: small) { store in
            let rig = try StateRig(store, tasks: 1, StateConfiguration(journalLimit: 4 << 10, maximumFoldsPerCommit: 100))
            try rig.put([1], for: [1])
            rig.capture()
            try rig.commit()
            for number in 0..<2_000 { try rig.put([2, 3], for: Array("key \(number)".utf8)) }
            rig.capture()
            let refused = #expect(throws: StateError.self) { try rig.commit() }
            #expect(refused?.code == .journalLimit)
            #expect(throws: StateError(.superseded, "")) { try rig.commit() }
            try rig.crash(tasks: 2)
            #expect(try rig.scanned() == [[1]: [1]])
        }
    }
}
