import SystemPackage
import WeirStore

/// A reader of another process, and how long its snapshot has been seen.
struct WatchedReader {
    let process: Int32
    let commitsBehind: UInt64
    let seconds: Double

    var fields: [Field] {
        [
            Field("process", .count(process)), Field("commitsBehind", .unsigned(commitsBehind)),
            Field("seconds", .seconds(seconds), heading: "seen for"),
        ]
    }
}

/// What one look found. Rates are nil at the first.
struct StoreLook {
    let statistics: StoreStatistics
    let writer: Int32?
    let commitsPerSecond: Double?
    let writesPerSecond: Double?
    let latency: CommitLatency?
    let journalBytes: UInt64
    let slots: Int
    /// Those that hold a snapshot, the oldest first.
    let readers: [WatchedReader]

    func fields(_ format: OutputFormat) -> [Field] {
        func seconds(_ share: Double) -> FieldValue { .optional(latency?.percentile(share)) { .seconds($0 / .seconds(1)) } }
        let pageBytes = UInt64(statistics.pageBytes)
        var fields = [
            Field("transactionID", .unsigned(statistics.transactionID.rawValue)),
            Field("commitsPerSecond", .optional(commitsPerSecond) { .real($0) }),
            Field("writesPerSecond", .optional(writesPerSecond) { .real($0) }),
            Field("commitP50Seconds", seconds(0.5), heading: "commit p50"),
            Field("commitP99Seconds", seconds(0.99), heading: "commit p99"),
            Field("commitP999Seconds", seconds(0.999), heading: "commit p99.9"),
            Field("fileBytes", .size(UInt64(statistics.fileBytes)), heading: "file"),
            Field("freeBytes", .size(UInt64(statistics.freePages) * pageBytes), heading: "free inside"),
            Field("journalBytes", .size(journalBytes), heading: "journal tail"),
            Field("writer", .optional(writer) { .count($0) }, heading: "written by process"),
            Field("readerSlots", .count(slots)),
            Field("snapshots", .count(readers.count), heading: "snapshots held"),
        ]
        if format == .json { fields.append(Field("readers", .list(readers.map { .object($0.fields) }))) }
        return fields
    }
}

/// Looks at a store again and again, and knows what was there before.
struct StoreWatch {
    private struct Slot: Hashable {
        let process: Int32
        let snapshot: UInt64
    }

    private let store: Store
    private let path: FilePath
    private var previous: (time: ContinuousClock.Instant, id: TransactionID)?
    private var live: (time: ContinuousClock.Instant, said: LiveStatistics)?
    private var firstSeen: [Slot: ContinuousClock.Instant] = [:]

    init(store: Store, path: FilePath) {
        self.store = store
        self.path = path
    }

    mutating func look() throws -> StoreLook {
        let statistics = try store.statistics()
        let now = ContinuousClock.now
        var commitsPerSecond: Double?
        if let previous, now > previous.time {
            // IDs have no gaps: their difference is the number of commits.
            commitsPerSecond =
                Double(statistics.transactionID.rawValue &- min(previous.id.rawValue, statistics.transactionID.rawValue))
                / ((now - previous.time) / .seconds(1))
        }
        previous = (now, statistics.transactionID)
        let writer = try Store.writerProcess(at: path)
        // What a process said that no longer writes is of the past.
        let (writesPerSecond, latency) = writer == nil ? (nil, nil) : try readLive(now)
        let others = statistics.readers.filter { $0.process != ownProcessID }
        return StoreLook(
            statistics: statistics, writer: writer, commitsPerSecond: commitsPerSecond,
            writesPerSecond: writesPerSecond, latency: latency,
            journalBytes: statistics.tables.first { $0.name == "weir.journal" }.map { UInt64($0.bytes) } ?? 0, slots: others.count,
            readers: watch(others, now))
    }

    /// What the writer has said since the last time that it said something else.
    private mutating func readLive(_ now: ContinuousClock.Instant) throws -> (Double?, CommitLatency?) {
        guard let said = try LiveStatistics.read(at: path) else { return (nil, nil) }
        guard let before = live, before.said.process == said.process, before.said.epoch == said.epoch else {
            live = (now, said)
            return (nil, said.latency)
        }
        guard said != before.said, now > before.time else { return (nil, nil) }
        live = (now, said)
        return (
            Double(said.writes &- min(before.said.writes, said.writes)) / ((now - before.time) / .seconds(1)),
            said.latency.since(before.said.latency)
        )
    }

    private mutating func watch(_ readers: [StoreStatistics.Reader], _ now: ContinuousClock.Instant) -> [WatchedReader] {
        var seen: [Slot: ContinuousClock.Instant] = [:]
        var watched: [WatchedReader] = []
        for reader in readers {
            guard let snapshot = reader.snapshot, let commitsBehind = reader.commitsBehind else { continue }
            let slot = Slot(process: reader.process, snapshot: snapshot)
            let since = firstSeen[slot] ?? now
            seen[slot] = since
            watched.append(WatchedReader(process: reader.process, commitsBehind: commitsBehind, seconds: (now - since) / .seconds(1)))
        }
        firstSeen = seen
        return watched.sorted { $0.commitsBehind > $1.commitsBehind }
    }
}
