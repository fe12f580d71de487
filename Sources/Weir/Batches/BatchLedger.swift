/// Which batches of a stream are under way, and what may happen to each: the decisions of Trident's batch coordinator, as a value.
///
/// Batches are processed in parallel and committed in order. The ledger is one incarnation's memory; what counts over restarts is `BatchProgress`.
///
///     state of a pending batch      event                      next
///     ------------------------      -----------------------    ------------------------------------------------------
///     waiting                       begin                      processing (the oldest waiting batch comes first)
///     processing                    processed                  processed
///     processed                     beginCommit                committing, once all before it are committing
///     committing                    committed                  gone, once all before it are gone
///     any but waiting               rollback                   waiting, with the next attempt, and so all after it
///     any                           event of another attempt   unchanged: it is a zombie
package struct BatchLedger: Hashable, Sendable {
    package enum Phase: UInt8, Hashable, Sendable { case waiting, processing, processed, committing }

    package struct Pending: Hashable, Sendable {
        package var attempt: UInt32
        package var phase: Phase
    }

    package let epoch: UInt64
    /// The last batch known to be committed.
    package private(set) var committed: BatchID
    /// The batches after it, in order.
    package private(set) var pending: [Pending] = []
    /// How many may be pending (Storm: `topology.max.spout.pending`, which counts batches in Trident).
    package let maximumPending: Int

    package init(epoch: UInt64, committed: BatchID, maximumPending: Int) {
        self.epoch = epoch
        self.committed = committed
        self.maximumPending = max(1, maximumPending)
    }

    /// Starts the oldest batch that waits, or else a new one; nil when as many as allowed are pending. O(pending).
    package mutating func begin() -> BatchAttempt? {
        if let waiting = pending.firstIndex(where: { $0.phase == .waiting }) {
            pending[waiting].phase = .processing
            return attempt(at: waiting)
        }
        guard pending.count < maximumPending else { return nil }
        pending.append(Pending(attempt: 0, phase: .processing))
        return attempt(at: pending.count - 1)
    }

    /// Notes that all of a batch was processed; false when it is a zombie's, or not the turn of that. O(1).
    package mutating func processed(_ attempt: BatchAttempt) -> Bool {
        guard let index = index(of: attempt), pending[index].phase == .processing else { return false }
        pending[index].phase = .processed
        return true
    }

    /// The next batch to commit, if its turn has come. Call until nil. O(pending).
    package mutating func beginCommit() -> BatchAttempt? {
        guard let next = pending.firstIndex(where: { $0.phase != .committing }), pending[next].phase == .processed else { return nil }
        pending[next].phase = .committing
        return attempt(at: next)
    }

    /// Whether this attempt is the current one of a pending batch. O(1).
    package func isCurrent(_ attempt: BatchAttempt) -> Bool { index(of: attempt) != nil }

    /// Notes that a batch is durable; with it all before it are, as commits are in order. False when it is no news. O(pending).
    ///
    /// That holds for any attempt: what a zombie got durable before it was found out is durable, and must not be tried again.
    package mutating func committed(_ batch: BatchID) -> Bool {
        guard batch > committed, batch.rawValue - committed.rawValue <= UInt64(pending.count) else { return false }
        pending.removeFirst(Int(batch.rawValue - committed.rawValue))
        committed = batch
        return true
    }

    /// Takes an attempt back, and all batches after it that were begun: Trident replays the failed batch and everything behind it. Returns the
    /// attempts that are over, in order; none when it is a zombie's. O(pending).
    package mutating func rollback(_ attempt: BatchAttempt) -> [BatchAttempt] {
        guard let first = index(of: attempt) else { return [] }
        var over: [BatchAttempt] = []
        for index in first..<pending.count where pending[index].phase != .waiting {
            over.append(self.attempt(at: index))
            pending[index].phase = .waiting
            pending[index].attempt += 1
        }
        return over
    }

    private func attempt(at index: Int) -> BatchAttempt {
        BatchAttempt(epoch: epoch, batch: BatchID(rawValue: committed.rawValue + 1 + UInt64(index)), attempt: pending[index].attempt)
    }

    private func index(of attempt: BatchAttempt) -> Int? {
        guard attempt.epoch == epoch, attempt.batch > committed else { return nil }
        let distance = attempt.batch.rawValue - committed.rawValue - 1
        guard distance < UInt64(pending.count) else { return nil }
        let entry = pending[Int(distance)]
        return entry.attempt == attempt.attempt && entry.phase != .waiting ? Int(distance) : nil
    }
}
