import Synchronization
public import WeirStore

/// Trident's batches, without a topology: numbered, tried again, committed in order, each once.
///
///     let stream = try await BatchStream.open(store, name: "orders")
///     let attempt = try stream.begin()
///     do {
///         // read the source, compute; several batches may be under way
///         try await stream.commit(attempt) { transaction in /* its effects */ }
///     } catch {
///         stream.rollback(attempt)     // it, and every batch after it, is begun again
///     }
///
/// A commit is the effects and the stream's progress in one. A batch that was committed before has no effect again, one whose predecessor is missing is
/// refused, and so is a zombie: an attempt that was rolled back, or one of an incarnation before this one, in this process or another.
///
/// In Trident's terms: with effects in this store every stream may be *opaque*, that is, a batch may have other content when it is replayed, because
/// what a failed attempt did is gone. For effects elsewhere either store `OpaqueValue`s there, or make the stream *transactional*:
/// `define` what is in a batch before any of it leaves, and every later attempt reads the same definition.
public final class BatchStream: Sendable {
    static let table = "weir.batches"
    typealias Rows = Table<Pair<String, UInt64>, BatchRow>

    /// The stream's name.
    public let name: String
    private let store: Store
    private let rows: Rows
    private let ledger: Mutex<BatchLedger>

    /// The longest definition of a batch, in bytes.
    public static let maximumDefinitionBytes = 65_536

    private init(_ name: String, _ store: Store, _ rows: Rows, _ progress: BatchProgress, _ maximumPending: Int) {
        self.name = name
        self.store = store
        self.rows = rows
        ledger = Mutex(BatchLedger(epoch: progress.epoch, committed: progress.committed, maximumPending: maximumPending))
    }

    /// Opens a stream where its last commit left it, as a new incarnation: in one commit, which fences all before it. At most `maximumPending`
    /// batches are under way at a time (Storm: `topology.max.spout.pending`). The name has 1 to 64 bytes.
    public static func open(_ store: Store, name: String, maximumPending: Int = 16) async throws -> BatchStream {
        try ScopeName.check(name, "batch stream")
        let rows: Rows = try await store.systemTable(table, key: Pair<String, UInt64>.self, value: BatchRow.self)
        let progress = try await store.write { try claim(name, rows, &$0) }
        return BatchStream(name, store, rows, progress, maximumPending)
    }

    /// The same for threads that may block.
    @available(*, noasync)
    public static func open(_ store: Store, name: String, maximumPending: Int = 16) throws -> BatchStream {
        try ScopeName.check(name, "batch stream")
        let rows: Rows = try store.systemTable(table, key: Pair<String, UInt64>.self, value: BatchRow.self)
        let progress = try store.write { try claim(name, rows, &$0) }
        return BatchStream(name, store, rows, progress, maximumPending)
    }

    private static func claim(_ name: String, _ rows: Rows, _ transaction: inout WriteTransaction) throws -> BatchProgress {
        var progress = BatchProgress(epoch: 0, committed: .zero)
        if case .progress(let stored) = try transaction.get(Pair(name, 0), in: rows) { progress = stored }
        progress.epoch += 1
        try transaction.put(.progress(progress), for: Pair(name, 0), in: rows)
        return progress
    }

    /// The last batch known to be durable.
    public var committed: BatchID { ledger.withLock { $0.committed } }

    /// Begins the oldest batch that was rolled back, or else the next new one. Throws `.tooManyBatches` when as many as allowed are pending. O(pending).
    public func begin() throws(ExactlyOnceError) -> BatchAttempt {
        guard let attempt = ledger.withLock({ $0.begin() }) else {
            throw ExactlyOnceError(
                .tooManyBatches, "As many batches of stream \(name) as allowed are pending: commit or roll back one first.")
        }
        return attempt
    }

    /// Commits a batch: its effects and the stream's progress in one. Returns false, without running `effects`, when the batch was committed before.
    ///
    /// Throws `.batchOutOfOrder` while its predecessor is not committed, `.batchFenced` for a zombie, and what `effects` throws; nothing is changed then.
    @discardableResult
    public func commit(
        _ attempt: BatchAttempt, _ effects: @escaping @Sendable (inout WriteTransaction) throws -> Void
    ) async throws -> Bool {
        let isNew = try await store.write { try self.commit(attempt, in: &$0, effects) }
        confirm(attempt)
        return isNew
    }

    /// The same for threads that may block.
    @available(*, noasync) @discardableResult
    public func commit(_ attempt: BatchAttempt, _ effects: (inout WriteTransaction) throws -> Void) throws -> Bool {
        let isNew = try store.write { try commit(attempt, in: &$0, effects) }
        confirm(attempt)
        return isNew
    }

    /// The same inside a write of the caller's; call `confirm` when that is durable. Let every error leave the closure of `Store.write`.
    public func commit(
        _ attempt: BatchAttempt, in transaction: inout WriteTransaction, _ effects: (inout WriteTransaction) throws -> Void
    ) throws -> Bool {
        guard case .progress(var progress) = try transaction.get(Pair(name, 0), in: rows) else {
            throw StoreError(.corrupt, "The progress of stream \(name) is missing from \(Self.table). Run `weir verify`.")
        }
        let verdict = progress.verdict(on: attempt, isCurrent: ledger.withLock { $0.isCurrent(attempt) })
        if let refusal = progress.refusal(of: attempt, verdict, stream: name) { throw refusal }
        if verdict == .alreadyCommitted { return false }
        try effects(&transaction)
        progress.committed = attempt.batch
        try transaction.put(.progress(progress), for: Pair(name, 0), in: rows)
        try transaction.delete(Pair(name, attempt.batch.rawValue), in: rows)
        return true
    }

    /// Notes that the write in which `commit` ran is durable. O(pending).
    public func confirm(_ attempt: BatchAttempt) { _ = ledger.withLock { $0.committed(attempt.batch) } }

    /// Takes an attempt back, and every batch after it that was begun. Returns the attempts that are over, in order: whatever still
    /// works on them is a zombie. O(pending).
    @discardableResult
    public func rollback(_ attempt: BatchAttempt) -> [BatchAttempt] { ledger.withLock { $0.rollback(attempt) } }

    /// Stores what is in a batch, for a transactional stream: before any of it has an effect outside of this store. If an earlier attempt has done so, its
    /// definition stays and is returned: use that. It is deleted with the batch's commit. At most 65,536 bytes.
    public func define(_ attempt: BatchAttempt, as definition: [UInt8], in transaction: inout WriteTransaction) throws -> [UInt8] {
        guard definition.count <= Self.maximumDefinitionBytes else {
            throw ExactlyOnceError(
                .tooLarge, "A definition of \(definition.count) bytes was given; the limit is \(Self.maximumDefinitionBytes).")
        }
        guard case .progress(let progress) = try transaction.get(Pair(name, 0), in: rows), progress.epoch == attempt.epoch,
            ledger.withLock({ $0.isCurrent(attempt) })
        else {
            throw ExactlyOnceError(
                .batchFenced, "A newer attempt, or a newer incarnation, has taken over \(attempt) of stream \(name): stop this one.")
        }
        let key = Pair(name, attempt.batch.rawValue)
        if case .definition(let stored) = try transaction.get(key, in: rows) { return stored }
        try transaction.put(.definition(definition), for: key, in: rows)
        return definition
    }
}
