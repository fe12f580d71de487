import DequeModule

/// One caller's write: what it does within the transaction, and whom to tell.
struct WriteJob: Sendable {
    /// Runs on the committer's thread.
    let perform: @Sendable (inout WriteTransaction) throws -> Void
    /// Runs on the committer's thread, after the flush. Must not block.
    let complete: @Sendable (Result<TransactionID, any Error>) -> Void
    /// Opening a table changes LMDB's own list of tables, which must not happen within another's transaction.
    var isAlone = false
}

/// Writes that wait for the committer, in the order in which they came. Bounded.
struct WriteQueue {
    private var jobs = Deque<WriteJob>()
    private(set) var isStopped = false
    let limit: Int

    /// How many callers share one commit at most.
    static let groupLimit = 1024

    init(limit: Int) { self.limit = limit }

    mutating func append(_ new: [WriteJob]) throws(StoreError) {
        guard !isStopped else { throw StoreError(.closed, "The store is closed: open it again.") }
        guard jobs.count + new.count <= limit else {
            throw StoreError(
                .overloaded, "\(jobs.count) writes are waiting, which is the limit: slow down and try again, or raise maximumWaitingWrites."
            )
        }
        jobs.append(contentsOf: new)
    }

    /// The next group: up to the first job that must be alone, or that job by itself.
    mutating func nextGroup() -> [WriteJob] {
        var group: [WriteJob] = []
        while let job = jobs.first, group.count < Self.groupLimit {
            if job.isAlone, !group.isEmpty { break }
            group.append(jobs.removeFirst())
            if job.isAlone { break }
        }
        return group
    }

    mutating func stop() { isStopped = true }
}
