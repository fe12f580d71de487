import SystemPackage
import Testing
import WeirTesting

@testable import WeirStore

@Suite("What a writer says of its commits")
struct LiveStatisticsTests {
    @Test("every duration lies in a bucket that ends no more than a quarter beyond it")
    func buckets() {
        var previous: UInt64 = 0
        for bucket in 0..<CommitLatency.buckets {
            let end = CommitLatency.end(of: bucket)
            #expect(end > previous)
            #expect(CommitLatency.bucket(end - 1) == bucket)
            #expect(CommitLatency.bucket(previous) == bucket)
            previous = end
        }
        for nanoseconds in [1000, 50_000, 1_234_567, 999_999_999, 3_600_000_000_000] as [UInt64] {
            let end = CommitLatency.end(of: CommitLatency.bucket(nanoseconds))
            #expect(end > nanoseconds && Double(end) <= Double(nanoseconds) * 1.25 + 256)
        }
        #expect(CommitLatency.bucket(.max) == CommitLatency.buckets - 1)
    }

    @Test("percentiles are those of the commits that came since")
    func percentiles() {
        var latency = CommitLatency()
        #expect(latency.percentile(0.5) == nil)
        for _ in 0..<99 { latency.add(nanoseconds: 1_000_000) }
        let before = latency
        latency.add(nanoseconds: 100_000_000)
        let (middle, last) = (latency.percentile(0.5), latency.percentile(1))
        #expect(middle.map { $0 > .milliseconds(1) && $0 < .microseconds(1250) } == true)
        #expect(last.map { $0 > .milliseconds(100) && $0 < .milliseconds(125) } == true)
        #expect(latency.since(before).count == 1)
        #expect(latency.since(before).percentile(0) == last)
        #expect(before.since(latency) == before, "an older reading is of another process")
    }

    @Test("what is written is read, and any changed byte is seen")
    func file() throws {
        var latency = CommitLatency()
        latency.add(nanoseconds: 5000)
        let live = LiveStatistics(
            process: 4711, epoch: 2, transactionID: TransactionID(rawValue: 77), commits: 5, writes: 9, failedWrites: 1, failedCommits: 0,
            latency: latency)
        var bytes = LiveFile.encode(live)
        #expect(bytes.count == LiveFile.bytes)
        #expect(bytes.withUnsafeBytes { LiveFile.decode($0) } == live)
        for index in bytes.indices {
            bytes[index] ^= 0x10
            #expect(bytes.withUnsafeBytes { LiveFile.decode($0) } == nil)
            bytes[index] ^= 0x10
        }
        #expect([UInt8]().withUnsafeBytes { LiveFile.decode($0) } == nil)
        try withTemporaryStore { (store: Store) throws in
            #expect(try LiveStatistics.read(at: store.path.appending("absent")) == nil)
            store.engine.publish(live)
            #expect(try LiveStatistics.read(at: store.path) == live)
        }
    }

    @Test("a table is opened by its name alone, and its writer is named")
    func inspection() throws {
        try withTemporaryStore { (store: Store) throws in
            let counts = try store.table("counts", key: String.self, value: UInt64.self)
            try store.write { try $0.put(3, for: "weir", in: counts) }
            #expect(try store.tableNames() == ["counts"])
            let stored = try #require(try store.storedTable("counts"))
            #expect(stored.keyType == "string" && stored.valueType == "u64")
            #expect(try store.storedTable("absent") == nil)
            #expect(try Store.writerProcess(at: store.path) == SystemFiles.processID)
            let found = try store.read { snapshot in
                try "weir".withStorageBytes { (key: UnsafeRawBufferPointer) throws in
                    try snapshot.withRawRecord(key, in: stored.raw) { ($0.map { [UInt8]($0) }, $1) }
                }
            }
            #expect(found.0 == [0, 0, 0, 0, 0, 0, 0, 3])
            #expect(found.1 == store.transactionID)
        }
    }
}
