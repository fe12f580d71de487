import Testing
import WeirStore
import WeirTesting

@testable import Weir

@Suite("Limits of keyed state")
struct StateLimitTests {
    #if DEBUG
        static let (updates, keys) = (1_000_000, 100_000)
    #else
        static let (updates, keys) = (10_000_000, 1_000_000)
    #endif

    @Test("millions of updates keep the journal's tail and the memory under their limits, and nothing is lost")
    func manyUpdates() throws {
        var random = SeededGenerator(seed: 1)
        let configuration = StateConfiguration(
            journalLimit: 2 << 20, memoryLimit: Self.keys * 12, maximumFoldsPerCommit: 20_000)
        try withTemporaryStore { store in
            let journal = try StateJournal.open(store: store, topology: "limits", configuration: configuration)
            var states = try (0..<4).map { try journal.state("counts", task: $0) }
            var counts = [Int64](repeating: 0, count: Self.keys)
            var fragments = (0..<4).map { _ in JournalFragment() }
            var peakMemory = 0
            for batch in 0..<Self.updates / 5_000 {
                for _ in 0..<5_000 {
                    // Most updates go to a tenth of the keys.
                    let number = random.below(random.below(4) == 0 ? Self.keys : Self.keys / 10)
                    counts[number] += 1
                    let sum = try withUnsafeBytes(of: UInt64(number).bigEndian) { try states[number % 4].add(1, to: $0) }
                    if sum != counts[number] { Issue.record("batch \(batch): key \(number) is \(sum), not \(counts[number])") }
                }
                for task in 0..<4 {
                    fragments[task].removeAll()
                    states[task].capture(into: &fragments[task])
                    peakMemory = max(peakMemory, states[task].statistics.memoryBytes)
                }
                let captured = fragments
                let id = try store.write { transaction in
                    try journal.commit(captured, in: &transaction)
                    return transaction.transactionID
                }
                journal.committed(id)
            }
            #expect(journal.statistics.peakTailBytes <= configuration.journalLimit)
            #expect(journal.statistics.checkpoints == 0, "the pace alone keeps the limit")
            // A table of slots doubles at once, and a batch's own keys come on top.
            #expect(peakMemory <= configuration.memoryLimit * 5 / 4, "\(peakMemory) of \(configuration.memoryLimit)")
            #expect(states.contains { $0.statistics.dropped > 0 }, "memory was never short: the test is too small")

            let again = try StateJournal.open(store: store, topology: "limits", configuration: configuration)
            states = [try again.state("counts", task: 0)]
            for number in stride(from: 0, to: Self.keys, by: 7) {
                let count = try withUnsafeBytes(of: UInt64(number).bigEndian) { try states[0].get($0) }
                let expected = counts[number] == 0 ? nil : withUnsafeBytes(of: counts[number].littleEndian) { [UInt8]($0) }
                if count != expected { Issue.record("key \(number) is not what it was before the journal was opened again") }
            }
        }
    }

    @Test("keys that were dropped from memory are read back as they were")
    func dropped() throws {
        let configuration = StateConfiguration(journalLimit: 64 << 10, memoryLimit: 16 << 10)
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 2, configuration)
            var random = SeededGenerator(seed: 3)
            for batch in 0..<200 {
                for number in 0..<20 { try rig.put(random.bytes(random.below(60)), for: Array("key \(batch * 20 + number)".utf8)) }
                rig.capture()
                try rig.commit()
            }
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
