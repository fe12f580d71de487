import LMDB
import Synchronization

/// What a store holds and has done, at one snapshot.
public struct StoreStatistics: Sendable {
    /// One table.
    public struct TableStatistics: Sendable {
        /// Its name.
        public var name: String
        /// The name of its keys' type.
        public var keyType: String
        /// The name of its values' type.
        public var valueType: String
        /// Records in it.
        public var records: Int
        /// Bytes of the pages that it occupies.
        public var bytes: Int
        /// Levels of its tree.
        public var depth: Int
    }

    /// One reader slot of any process.
    public struct Reader: Sendable {
        /// The process that holds it.
        public var process: Int32
        /// LMDB commits since the snapshot that it holds; nil when it holds none at the moment.
        public var commitsBehind: UInt64?
        /// LMDB's number of that snapshot, by which it is known again; not a transaction ID.
        public var snapshot: UInt64?
    }

    /// A read in progress in this process.
    public struct Read: Sendable {
        /// The place in the program that began it.
        public var place: String
        /// How long ago.
        public var age: Duration
    }

    /// The newest commit that the snapshot shows.
    public var transactionID: TransactionID
    /// The epoch that commit belongs to.
    public var epoch: UInt64
    /// The data file's size.
    public var fileBytes: Int
    /// Address space reserved: how large the file may grow.
    public var maximumBytes: Int
    /// Bytes of a page.
    public var pageBytes: Int
    /// Pages up to the last one ever used.
    public var pages: Int
    /// Pages that new commits can reuse, once no reader needs them.
    public var freePages: Int
    /// Every table, the system's too, by name.
    public var tables: [TableStatistics]
    /// Reader slots in use.
    public var readers: [Reader]
    /// Reads in progress in this process.
    public var reads: [Read]
    /// Commits since this process opened the store.
    public var commits: UInt64
    /// Writes that shared them.
    public var writes: UInt64
    /// Writes that threw.
    public var failedWrites: UInt64
    /// Commits that failed.
    public var failedCommits: UInt64
    /// How long the newest commit took, with everything that ran in it.
    public var lastCommit: Duration
}

extension Store {
    /// Measures the store. O(tables + free list).
    @available(*, noasync, message: "reading may wait for the disk: in async code, await it")
    public func statistics() throws -> StoreStatistics { try engine.measure() }

    /// The same without blocking.
    public func statistics() async throws -> StoreStatistics {
        let engine = engine
        return try await withCheckedThrowingContinuation { continuation in
            engine.readers.enqueue {
                continuation.resume(with: Result { try engine.measure() })
            } refused: {
                continuation.resume(throwing: $0)
            }
        }
    }
}

extension Engine {
    fileprivate func measure() throws -> StoreStatistics {
        let reads = gate.holders.map { StoreStatistics.Read(place: $0.place, age: .now - $0.since) }
        let opened = try openAll()
        return try read("statistics") { snapshot in
            let environment = gate.environment
            let information = try translating("measure the store") { () throws(LMDBError) in try environment.information() }
            let free = try translating("measure the free list") { () throws(LMDBError) in try snapshot.raw.freePages() }
            let head = try StoreHead.read(snapshot.raw, tables.head)
            return StoreStatistics(
                transactionID: snapshot.transactionID, epoch: head?.epoch ?? 0,
                fileBytes: Int(try SystemFiles.facts(of: folder.data)?.bytes ?? 0), maximumBytes: information.mapBytes,
                pageBytes: information.pageBytes, pages: Int(information.lastPage) + 1, freePages: free,
                tables: try Self.tableStatistics(opened, snapshot, information.pageBytes),
                readers: StoreStatistics.Reader.all(environment.readerTable(), newest: information.transactionID), reads: reads,
                commits: statistics.commits.load(ordering: .relaxed), writes: statistics.writes.load(ordering: .relaxed),
                failedWrites: statistics.failedWrites.load(ordering: .relaxed),
                failedCommits: statistics.failedCommits.load(ordering: .relaxed),
                lastCommit: .nanoseconds(Int64(clamping: statistics.lastCommitNanoseconds.load(ordering: .relaxed))))
        }
    }

    private struct OpenedTable {
        var name: String
        var raw: RawTable
        var types: TableTypes
    }

    /// A handle on every table, each opened from whichever thread may do so.
    private func openAll() throws -> [OpenedTable] {
        let system = [
            OpenedTable(name: SystemTable.head.name, raw: tables.head, types: SystemTable.headTypes),
            OpenedTable(name: SystemTable.catalog.name, raw: tables.catalog, types: SystemTable.catalogTypes),
            OpenedTable(name: SystemTable.tally.name, raw: tables.tally, types: SystemTable.tallyTypes),
            OpenedTable(name: SystemTable.offsets.name, raw: tables.offsets.raw, types: SystemTable.offsetTypes),
        ]
        return try system
            + read("statistics") { try $0.catalogEntries() }.map { name, _, types in
                let opened = configuration.access == .readOnly ? try openExisting(name, types) : try openOnCommitter(name, types)
                guard let raw = opened else { throw TableName.absent(name) }
                return OpenedTable(name: name, raw: raw, types: types)
            }
    }

    private static func tableStatistics(
        _ tables: [OpenedTable], _ snapshot: borrowing Snapshot, _ pageBytes: Int
    ) throws -> [StoreStatistics.TableStatistics] {
        var all: [StoreStatistics.TableStatistics] = []
        for table in tables {
            let counts = try translating("measure table \(table.name)") { () throws(LMDBError) in
                try snapshot.raw.counts(of: table.raw.database)
            }
            all.append(
                StoreStatistics.TableStatistics(
                    name: table.name, keyType: table.types.key, valueType: table.types.value, records: counts.entries,
                    bytes: (counts.branchPages + counts.leafPages + counts.overflowPages) * pageBytes, depth: counts.depth))
        }
        return all.sorted { $0.name < $1.name }
    }
}

extension StoreStatistics.Reader {
    /// LMDB's own table: lines of process, thread and transaction, with `-` for a slot without a snapshot.
    static func all(_ lines: [String], newest: UInt64) -> [StoreStatistics.Reader] {
        lines.compactMap { line in
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
            guard fields.count == 3, let process = Int32(fields[0]) else { return nil }
            let snapshot = UInt64(fields[2])
            return StoreStatistics.Reader(
                process: process, commitsBehind: snapshot.map { newest > $0 ? newest - $0 : 0 }, snapshot: snapshot)
        }
    }
}
