import Synchronization

/// What the committer has done since the store was opened.
final class CommitStatistics: Sendable {
    let commits = Atomic<UInt64>(0)
    let writes = Atomic<UInt64>(0)
    let failedWrites = Atomic<UInt64>(0)
    let failedCommits = Atomic<UInt64>(0)
    let lastCommitNanoseconds = Atomic<UInt64>(0)
    let latency = Mutex(CommitLatency())

    /// Notes a group of writes, and how long their commit took; writes that changed nothing had none.
    func ran(_ count: Int, failed: Int, committedIn duration: Duration?) {
        writes.add(UInt64(count), ordering: .relaxed)
        failedWrites.add(UInt64(failed), ordering: .relaxed)
        guard let parts = duration?.components else { return }
        commits.add(1, ordering: .relaxed)
        let nanoseconds = UInt64(max(0, parts.seconds)) * 1_000_000_000 + UInt64(max(0, parts.attoseconds)) / 1_000_000_000
        lastCommitNanoseconds.store(nanoseconds, ordering: .relaxed)
        latency.withLock { $0.add(nanoseconds: nanoseconds) }
    }
}
