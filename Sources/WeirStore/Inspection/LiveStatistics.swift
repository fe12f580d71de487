import LMDB
import Synchronization
public import SystemPackage

/// What the process that writes a store says of its commits, once a second while there are any, in the file `weir.live` beside the data: for `weir top`
/// and dashboards in other processes.
///
/// Nothing depends on the file: it is never flushed, may be missing or old, and is not part of a backup.
public struct LiveStatistics: Hashable, Sendable {
    /// The process that wrote it.
    public var process: Int32
    /// Which opening of the store it belongs to.
    public var epoch: UInt64
    /// The newest commit then.
    public var transactionID: TransactionID
    /// Commits since the process opened the store.
    public var commits: UInt64
    /// Writes that shared them.
    public var writes: UInt64
    /// Writes that threw.
    public var failedWrites: UInt64
    /// Commits that failed.
    public var failedCommits: UInt64
    /// How long they took, with everything that ran in them.
    public var latency: CommitLatency

    /// What the newest writer of the store at `path` said last; nil when there is nothing, or it is just being replaced.
    public static func read(at path: FilePath) throws(StoreError) -> LiveStatistics? {
        guard let bytes = try SmallFile.read(StoreFolder(path: path).live, limit: LiveFile.bytes) else { return nil }
        return bytes.withUnsafeBytes { LiveFile.decode($0) }
    }
}

/// The file: little-endian words of 8 bytes (a mark and version, process, epoch, transaction ID, commits, writes, failed writes, failed commits, then the
/// latency's buckets), and the CRC-32C of all that. Written in place: a reader that meets a half-written one sees it by the checksum.
enum LiveFile {
    private static let mark: UInt64 = 0x0001_4556_494C_5257
    private static let words = 8 + CommitLatency.buckets
    static let bytes = words * 8 + 4

    static func encode(_ live: LiveStatistics) -> [UInt8] {
        let numbers =
            [
                mark, UInt64(UInt32(bitPattern: live.process)), live.epoch, live.transactionID.rawValue, live.commits, live.writes,
                live.failedWrites, live.failedCommits,
            ] + live.latency.counts
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.bytes)
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        let crc = bytes.withUnsafeBytes { CRC32C.checksum($0) }
        withUnsafeBytes(of: crc.littleEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) -> LiveStatistics? {
        guard bytes.count == Self.bytes else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: bytes[..<(words * 8)])
        let crc = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: words * 8, as: UInt32.self))
        func word(_ index: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) }
        guard CRC32C.checksum(body) == crc, word(0) == mark else { return nil }
        var latency = CommitLatency()
        for index in 0..<CommitLatency.buckets { latency.counts[index] = word(8 + index) }
        return LiveStatistics(
            process: Int32(truncatingIfNeeded: word(1)), epoch: word(2), transactionID: TransactionID(rawValue: word(3)), commits: word(4),
            writes: word(5), failedWrites: word(6), failedCommits: word(7), latency: latency)
    }
}

extension StoreFolder {
    var live: FilePath { path.appending("weir.live") }
}

extension Engine {
    var liveStatistics: LiveStatistics {
        LiveStatistics(
            process: SystemFiles.processID, epoch: epoch.load(ordering: .relaxed),
            transactionID: TransactionID(rawValue: committed.load(ordering: .relaxed)),
            commits: statistics.commits.load(ordering: .relaxed),
            writes: statistics.writes.load(ordering: .relaxed), failedWrites: statistics.failedWrites.load(ordering: .relaxed),
            failedCommits: statistics.failedCommits.load(ordering: .relaxed), latency: statistics.latency.withLock { $0 })
    }

    /// Writes the file anew. What goes wrong is ignored: being watched must never stop the store.
    func publish(_ live: LiveStatistics) {
        do {
            let file = try SystemFiles.open(folder.live, .writeOnly, options: [.create, .noFollow], permissions: [.ownerReadWrite])
            try file.closeAfter { try SystemFiles.write(LiveFile.encode(live), to: file) }
        } catch { return }
    }
}
