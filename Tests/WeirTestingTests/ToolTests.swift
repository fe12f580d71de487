import Foundation
import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("The tools for tests")
struct ToolTests {
    @Test("a seed gives the same numbers for ever")
    func seeds() {
        // Computed apart from this code, by the authors' description.
        let expected: [UInt64: [UInt64]] = [
            0: [0x99EC5F36CB75F2B4, 0xBF6E1F784956452A, 0x1A5F849D4933E6E0],
            42: [0x15780B2E0C2EC716, 0x6104D9866D113A7E, 0xAE17533239E499A1],
            .max: [0x8F5520D52A7EAD08, 0xC476A018CAA1802D, 0x81DE31C0D260469E],
        ]
        for (seed, numbers) in expected {
            var random = SeededGenerator(seed: seed)
            #expect(numbers.map { _ in random.next() } == numbers)
            #expect("\(random)" == "SeededGenerator(seed: \(seed))")
        }
    }

    @Test("the clock wakes whoever's time has come, in order, and nobody else")
    func clock() async throws {
        let clock = ManualClock(start: Timestamp(milliseconds: 1000))
        let woken = Woken()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try await clock.sleep(for: .seconds(seconds))
                    await woken.add(seconds)
                }
            }
            await clock.sleepers(3)
            for turn in 1...3 {
                clock.advance(by: .seconds(1))
                try await group.next()
                let seconds = await woken.seconds
                #expect(seconds == Array(1...turn))
            }
        }
        #expect(clock.wallClock.now() == Timestamp(milliseconds: 4000))
        try await clock.sleep(until: .init(offset: .seconds(3)))
        let cancelled = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.sleepers(1)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }

    actor Woken {
        var seconds: [Int] = []
        func add(_ seconds: Int) { self.seconds.append(seconds) }
    }

    @Test("the oracle knows every version, in whatever order it was told")
    func oracle() {
        let oracle = VersionedOracle<String, Int>()
        func id(_ number: UInt64) -> TransactionID { TransactionID(rawValue: number) }
        oracle.committed(id(3), ["b": 30])
        oracle.committed(id(1), ["a": 10, "b": 10])
        #expect(oracle.isComplete(at: id(1)) && !oracle.isComplete(at: id(3)))
        oracle.committed(id(2), ["a": nil])
        #expect(oracle.isComplete(at: id(3)))
        #expect(oracle.contents(at: .zero) == [:])
        #expect(oracle.contents(at: id(1)) == ["a": 10, "b": 10])
        #expect(oracle.contents(at: id(2)) == ["b": 10])
        #expect(oracle.contents(at: id(9)) == ["b": 30])
        oracle.forget(before: id(2))
        #expect(oracle.contents(at: id(2)) == ["b": 10])
        #expect(oracle.value(of: "b", at: id(3)) == 30)
        oracle.forget(before: id(3))
        #expect(oracle.contents(at: id(3)) == ["b": 30])
        #expect(oracle.value(of: "b", at: id(2)) == nil, "forgotten")
    }

    @Test("a store that was damaged does not pass")
    func damage() throws {
        try withTemporaryFolder { folder in
            let store = try Store.open(at: folder, configuration: .init(durability: .processCrashOnly))
            let table = try store.table("t", key: String.self, value: [UInt8].self)
            let needle = [UInt8](repeating: 0xA5, count: 100)
            try store.write { try $0.put(needle, for: "k", in: table) }
            store.close()
            try requireSound(folder)
            let path = "\(folder)/data.mdb"
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
            let place = try #require(bytes.indices.first { Array(bytes[$0..<min($0 + 100, bytes.count)]) == needle })
            bytes[place + 50] ^= 1
            try Data(bytes).write(to: URL(filePath: path))
            #expect(throws: StoreError(.corrupt, "")) { try requireSound(folder) }
        }
    }

    @Test("concurrent writers and readers agree with the oracle at every transaction ID", arguments: [1, 2] as [UInt64])
    func storeAgainstOracle(seed: UInt64) async throws {
        try await withTemporaryStore { store in
            let table = try await store.table("t", key: UInt64.self, value: UInt64.self)
            let oracle = VersionedOracle<UInt64, UInt64>()
            let first = store.transactionID
            var seen: [(TransactionID, [UInt64: UInt64])] = []
            try await withThrowingTaskGroup(of: [(TransactionID, [UInt64: UInt64])].self) { group in
                for writer in UInt64(0)..<3 {
                    group.addTask {
                        var random = SeededGenerator(seed: seed &* 100 &+ writer)
                        for _ in 0..<100 {
                            // Each writer has its own keys: parts of one commit do not overlap.
                            let key = writer * 100 + UInt64.random(in: 0..<10, using: &random)
                            let value: UInt64? = Bool.random(using: &random) ? UInt64.random(in: 0..<1000, using: &random) : nil
                            let id = try await store.write { transaction in
                                if let value {
                                    try transaction.put(value, for: key, in: table)
                                } else {
                                    try transaction.delete(key, in: table)
                                }
                                return transaction.transactionID
                            }
                            oracle.committed(id, [key: value])
                        }
                        return []
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        var seen: [(TransactionID, [UInt64: UInt64])] = []
                        for _ in 0..<100 {
                            seen.append(
                                try await store.read { snapshot in
                                    var contents: [UInt64: UInt64] = [:]
                                    try snapshot.scan(table) { key, value in
                                        contents[key] = value
                                        return .next
                                    }
                                    return (snapshot.transactionID, contents)
                                })
                        }
                        return seen
                    }
                }
                for try await part in group { seen += part }
            }
            #expect(Set(seen.map(\.0)).count > 1)
            for (id, contents) in seen where id >= first { #expect(oracle.contents(at: id) == contents, "seed \(seed), transaction \(id)") }
        }
    }
}
