import Weir

/// One partition as its spout task keeps account of it.
struct SourcePartition {
    let number: UInt32
    /// Its position among all partitions of the run.
    let source: Int
    /// Where the spout goes on.
    var position: UInt64
    /// Where it was when it was last committed, and with which fingerprint.
    var committed: UInt64
    let fingerprint: [UInt8]
    var isFinished = false
    /// Exactly-once: tuples from the dead letters that are to be processed again, before anything else.
    var retries: [Retry] = []
    /// At-least-once: what is under way.
    var window: PendingWindow
}

/// A dead letter that is to be processed again.
struct Retry {
    let letter: DeadLetter
    /// Takes the letter out; part of the commit in which its tuple is processed.
    let take: StagedWrite
}

/// What others tell a spout task.
struct SpoutMail {
    /// Roots that were processed, roots that failed.
    var processed: [UInt64] = []
    var failed: [UInt64] = []
    /// Committed offsets: partition and next offset.
    var committed: [(partition: UInt32, next: UInt64)] = []
    var committedTuples = 0

    var isEmpty: Bool { processed.isEmpty && failed.isEmpty && committed.isEmpty && committedTuples == 0 }
}
