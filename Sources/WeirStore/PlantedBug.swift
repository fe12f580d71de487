/// Mistakes that can be made on purpose, to see that the tests find them: the proof of the proof (Docs/Testing.md). They are asked for by a store's
/// configuration, so that other stores of the process are not concerned. In a release build there are none, and asking is a constant.
@usableFromInline
package enum PlantedBug: String, CaseIterable, Sendable {
    // In the store

    /// Callers hear that their write is durable before it is.
    case acknowledgesBeforeFlush
    /// A delete does not change the table's tally.
    case tallyNotUpdated
    /// What a write did before it threw stays.
    case undoneWriteStays
    /// A write that throws takes its group down, and the others hear nothing of it.
    case groupDiesSilently
    /// Opening does not begin a new epoch.
    case epochNotRaised
    /// A commit takes the ID of the one before.
    case transactionIDReused
    /// An offset that cannot be decoded counts as none (STORM-2675).
    case unreadableOffsetIsNone

    // In the exactly-once middleware

    /// A producer's last four batches are remembered, not five.
    case windowOneTooShort
    /// An older epoch is let in.
    case epochUnchecked
    /// The answer to a message is not stored.
    case answerNotStored
    /// Of a range that overlaps what is committed, all is processed.
    case overlapNotTrimmed
    /// A batch below the committed offset is processed.
    case replayNotSkipped

    // In keyed state

    /// A recovery leaves out every second row of the journal, from the second on.
    case journalRowLost
    /// Folding leaves the first key of each slice out.
    case foldForgetsKey
    /// A row goes from the journal before all of it is folded.
    case rowDeletedEarly

    // In a topology

    /// Offsets are committed after what was made of their tuples, by themselves.
    case offsetsOutsideCommit
    /// Staged writes are made before their batch is committed, by themselves.
    case stagedOutsideCommit
    /// A task ends a batch at the first of its inputs' markers.
    case markerNotAwaited
    /// The source hears that its tuples are safe when their batch is handed over.
    case acknowledgesAtSubmission
    /// A commit that failed counts as done.
    case failedCommitCountsAsDone
    /// The first batch of an attempt is emitted twice (STORM-2504).
    case firstBatchTwice
    /// A restart forgets the offsets of partitions that had nothing in the newest batch (STORM-3337).
    case idleOffsetsForgotten
    /// A batch begins at the committed offset, though others are under way (STORM-1557).
    case batchesShareOffsets
    /// A tuple that failed counts as processed.
    case failedTupleCountsAsProcessed
    /// A restart forgets which tuples an exactly-once bolt has processed above the committed offsets.
    case originsForgotten
}

#if DEBUG
    extension StoreConfiguration {
        /// Whether this mistake is to be made.
        package func has(_ bug: PlantedBug) -> Bool { plantedBug == bug }
    }

    extension StoreTransaction {
        /// Whether this mistake is to be made.
        package borrowing func has(_ bug: PlantedBug) -> Bool { tables.plantedBug == bug }
    }
#else
    extension StoreConfiguration {
        /// Never, in a release build.
        @inlinable package func has(_ bug: PlantedBug) -> Bool { false }
    }

    extension StoreTransaction {
        /// Never, in a release build.
        @inlinable package borrowing func has(_ bug: PlantedBug) -> Bool { false }
    }
#endif
