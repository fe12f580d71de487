import Dispatch
import Synchronization
import Testing
import WeirStore
import WeirTesting

@testable import Weir
@testable import WeirTopology

@Suite("Starting again after the store has failed", .serialized)
struct RetryTests {
    static let spout = SentenceSpout(partitions: 4, count: 2_000, chunk: 50)
    static let guarantee = Guarantee.exactlyOnce(commitEvery: .milliseconds(1))
    static let configuration = StoreConfiguration(durability: .processCrashOnly, maximumSize: 4 << 20)

    /// Fills a small store to its limit, and makes room again.
    struct Filler: Sendable {
        let store: Store
        let table: Table<UInt64, [UInt8]>

        init(_ store: Store) async throws {
            self.store = store
            table = try await store.table("filler", key: UInt64.self, value: [UInt8].self)
        }

        func fill() {
            let value = [UInt8](repeating: 7, count: 2_000)
            var number: UInt64 = 0
            while (try? store.write { try $0.put(value, for: number, in: table) }) != nil { number += 1 }
        }

        func empty() throws {
            let numbers = try store.read { snapshot in
                var numbers: [UInt64] = []
                try snapshot.scan(table) { number, _ in
                    numbers.append(number)
                    return .next
                }
                return numbers
            }
            for number in numbers { try store.write { try $0.delete(number, in: table) } }
        }
    }

    @Test("a store that is full and has room again after seven waits is survived, if the configuration says so; nothing is lost or doubled")
    func patient() async throws {
        try await withTemporaryStore(configuration: Self.configuration) { store in
            let filler = try await Filler(store)
            let waits = Mutex<[Duration]>([])
            var configuration = TopologyConfiguration.quiet
            configuration.retryWait = .milliseconds(100)
            configuration.maximumRetryWait = .seconds(2)
            configuration.retryDuration = .seconds(60)
            configuration.faults = { point in
                if point.place == .submission, point.batch == 3 { filler.fill() }
                return false
            }
            configuration.isWaitOver = { wait in
                let count = waits.withLock { waits in
                    waits.append(wait)
                    return waits.count
                }
                if count == 7 { #expect(throws: Never.self) { try filler.empty() } }
                return true
            }
            let summary = try await wordCount(Self.spout).run(on: store, guarantee: Self.guarantee, configuration: configuration)
            let difference = differences(
                try await WeirTopologyTests.counts(store, topology: "words"), SentenceSpout.oracle(partitions: 4, count: 2_000))
            #expect(difference == [])
            #expect(summary.restarts >= 1)
            let waited = waits.withLock { $0 }
            try #require(waited.count == 7, "\(waited)")
            for (wait, whole) in zip(waited, [100, 200, 400, 800, 1_600, 2_000, 2_000]) {
                #expect(wait >= .milliseconds(whole) / 2 && wait <= .milliseconds(whole))
            }
        }
    }

    @Test("a store that stays full is given up after as many attempts as anything else, or when patience is over")
    func givesUp() async throws {
        for (patience, expected) in [(Duration.zero, 1), (.milliseconds(500), 5)] {
            try await withTemporaryStore(configuration: Self.configuration) { store in
                let filler = try await Filler(store)
                let waits = Atomic<Int>(0)
                var configuration = TopologyConfiguration.quiet
                configuration.retryWait = .milliseconds(100)
                configuration.retryDuration = patience
                configuration.maximumAttempts = 2
                configuration.faults = { point in
                    if point.place == .submission, point.batch == 3 { filler.fill() }
                    return false
                }
                configuration.isWaitOver = { _ in
                    waits.wrappingAdd(1, ordering: .relaxed)
                    return true
                }
                let error = await #expect(throws: TopologyError.self) {
                    try await wordCount(Self.spout).run(on: store, guarantee: Self.guarantee, configuration: configuration)
                }
                #expect(error?.code == .commitFailed)
                #expect((error?.cause as? StoreError)?.code == .full)
                #expect(waits.load(ordering: .relaxed) <= expected + 1)
                #expect(patience == .zero || waits.load(ordering: .relaxed) > 1)
            }
        }
    }

    @Test("a wait of an hour ends when the run is cancelled", .timeLimit(.minutes(2)))
    func stopped() async throws {
        try await withTemporaryStore { store in
            let (waiting, isWaiting) = AsyncStream.makeStream(of: Duration.self)
            var configuration = TopologyConfiguration.quiet
            configuration.retryWait = .seconds(3_600)
            configuration.maximumRetryWait = .seconds(3_600)
            configuration.maximumAttempts = 5
            configuration.faults = { $0.place == .commit && $0.batch >= 3 }
            configuration.isWaitOver = { wait in
                isWaiting.yield(wait)
                return false
            }
            let run = Task { [configuration] in
                try await wordCount(Self.spout).run(on: store, guarantee: Self.guarantee, configuration: configuration)
            }
            var waits = waiting.makeAsyncIterator()
            let wait = await waits.next()
            #expect(wait.map { $0 >= .seconds(1_800) } == true)
            run.cancel()
            // What was not committed is for the next run.
            let summary = try await run.value
            #expect(summary.restarts >= 2)
            #expect(summary.totals.commits <= 2)
        }
    }

    @Test("the limits of the states are those of the configuration")
    func states() async throws {
        func largestChunk(_ change: (inout TopologyConfiguration) -> Void) async throws -> Int {
            try await withTemporaryStore { store in
                var configuration = TopologyConfiguration.quiet
                change(&configuration)
                _ = try await wordCount(Self.spout).run(on: store, guarantee: Self.guarantee, configuration: configuration)
                return try await withCheckedThrowingContinuation { continuation in
                    DispatchQueue.global().async { continuation.resume(with: Result { try largest(store) }) }
                }
            }
        }
        @Sendable func largest(_ store: Store) throws -> Int {
            let journal = try StateTables.journal(store)
            return try store.read { snapshot in
                var largest = 0
                try snapshot.scanRaw(journal.raw) { _, value, _ in
                    largest = max(largest, value.count)
                    return .next
                }
                return largest
            }
        }
        let usual = try await largestChunk { _ in }
        let small = try await largestChunk { $0.states.chunkBytes = 256 }
        #expect(usual > 256, "the journal is too small to tell")
        #expect(small <= 256)
    }

    @Test("settings out of their range are refused by name before anything runs")
    func ranges() async throws {
        let wrong: [(String, @Sendable (inout TopologyConfiguration) -> Void)] = [
            ("retryWait", { $0.retryWait = .zero }),
            ("maximumRetryWait", { $0.maximumRetryWait = .milliseconds(1) }),
            ("retryDuration", { $0.retryDuration = .seconds(-1) }),
            ("states.journalLimit", { $0.states.journalLimit = 100 }),
            ("states.memoryLimit", { $0.states.memoryLimit = 0 }),
            ("states.maximumFoldsPerCommit", { $0.states.maximumFoldsPerCommit = 0 }),
            ("states.chunkBytes", { $0.states.chunkBytes = 2 << 20 }),
        ]
        for (name, change) in wrong {
            var configuration = TopologyConfiguration()
            change(&configuration)
            let error = #expect(throws: TopologyError.self) { try configuration.check() }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains(".\(name) ") == true)
        }
        #expect(throws: Never.self) { try TopologyConfiguration().check() }
    }
}
