import WeirStore

/// How far a stream has come, as committed: what decides over restarts and between incarnations.
package struct BatchProgress: Hashable, Sendable {
    /// The incarnation that may commit.
    package var epoch: UInt64
    /// The last committed batch.
    package var committed: BatchID

    package init(epoch: UInt64, committed: BatchID) {
        self.epoch = epoch
        self.committed = committed
    }

    /// What is to be done with an attempt that would commit.
    package enum Verdict: Hashable, Sendable {
        /// It is the next batch.
        case commit
        /// The batch was committed before: there is nothing to do.
        case alreadyCommitted
        /// A newer incarnation has taken over.
        case fenced
        /// Its predecessor is not committed.
        case outOfOrder
    }

    /// Facts in, verdict out. `isCurrent`: whether the incarnation still holds this attempt to be the newest. O(1).
    package func verdict(on attempt: BatchAttempt, isCurrent: Bool) -> Verdict {
        if attempt.epoch != epoch { return .fenced }
        if attempt.batch <= committed { return .alreadyCommitted }
        if !isCurrent { return .fenced }
        return attempt.batch == committed.next ? .commit : .outOfOrder
    }

    package func refusal(of attempt: BatchAttempt, _ verdict: Verdict, stream: String) -> ExactlyOnceError? {
        switch verdict {
        case .commit, .alreadyCommitted: nil
        case .fenced:
            ExactlyOnceError(
                .batchFenced,
                "A newer attempt, or a newer incarnation, has taken over \(attempt) of stream \(stream) (epoch \(epoch) is current): stop this one."
            )
        case .outOfOrder:
            ExactlyOnceError(
                .batchOutOfOrder,
                "Stream \(stream) is committed up to batch \(committed), so \(attempt) has to wait for batch \(committed.next).")
        }
    }
}

/// A row of `weir.batches`: `[version u8 = 1][kind u8]`, then `[epoch u64][committed u64]` (kind 1, under batch 0) or a batch's definition (kind 2); little-endian.
package enum BatchRow: StorageValue, Hashable, Sendable {
    case progress(BatchProgress)
    case definition([UInt8])

    private static let version: UInt8 = 1

    package static var storageName: String { "weir.batch" }

    package func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var encoder = RowEncoder(capacity: 18)
        encoder.integer(Self.version)
        switch self {
        case .progress(let progress):
            encoder.integer(UInt8(1))
            encoder.integer(progress.epoch)
            encoder.integer(progress.committed.rawValue)
        case .definition(let bytes):
            encoder.integer(UInt8(2))
            bytes.withUnsafeBytes { encoder.rest($0) }
        }
        return try encoder.bytes.withUnsafeBytes(body)
    }

    package init(storageBytes: UnsafeRawBufferPointer) throws {
        var decoder = RowDecoder(storageBytes, "batch row")
        try decoder.version(Self.version)
        switch try decoder.integer(UInt8.self) {
        case 1: self = .progress(BatchProgress(epoch: try decoder.integer(), committed: BatchID(rawValue: try decoder.integer())))
        case 2: self = .definition([UInt8](decoder.rest()))
        case let kind: throw decoder.failure("kind \(kind) is not known")
        }
        try decoder.end()
    }
}
