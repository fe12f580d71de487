/// The limits of keyed state. Each one has a stated behaviour when it is reached.
public struct StateConfiguration: Sendable {
    /// Bytes that the journal's tail may hold: what a recovery has to read. Never exceeded: from three quarters on, more is folded with
    /// each commit, and from seven eighths on folding takes precedence; a batch that would go beyond it is folded at once, with everything before it, and leaves no row; if that is more
    /// than one transaction may do, the commit fails with `.journalLimit`.
    ///
    /// Where the tail that the last run left is longer, since the limit was lowered, the journal may hold that and a third more until folding,
    /// which takes precedence, has brought it down.
    public var journalLimit: Int
    /// Bytes of memory that one state may hold in one task. Beyond it, keys whose newest value is in the B-tree and durable are dropped
    /// and read again when they are needed. Keys that were changed since are never dropped: the limit is exceeded by what the batches
    /// in flight and the folds still to come hold, and folding takes precedence until it is kept again.
    public var memoryLimit: Int
    /// Keys that one commit may move from the journal to the B-tree, over all states and tasks: a commit stays short.
    public var maximumFoldsPerCommit: Int
    /// Bytes of one record of the journal; longer rows are split. A few pages, so that LMDB needs no long runs of free ones. With the 28
    /// bytes of the headers that the store and LMDB put before it, the default fills three pages of 4 KiB and leaves no fourth one empty.
    public var chunkBytes: Int

    /// The defaults: 16 MiB of journal, 64 MiB of memory for each state and task, 20,000 folds, records of 12 KiB less 28 bytes.
    public init(
        journalLimit: Int = 16 << 20, memoryLimit: Int = 64 << 20, maximumFoldsPerCommit: Int = 20_000, chunkBytes: Int = (12 << 10) - 28
    ) {
        self.journalLimit = journalLimit
        self.memoryLimit = memoryLimit
        self.maximumFoldsPerCommit = maximumFoldsPerCommit
        self.chunkBytes = chunkBytes
    }

    /// The same with each limit moved to where it can be kept: the journal's between 4 KiB and 1 GiB, memory from 4 KiB, at least one
    /// fold, records between 256 bytes and 1 MiB.
    var bounded: StateConfiguration {
        StateConfiguration(
            journalLimit: min(max(4 << 10, journalLimit), 1 << 30), memoryLimit: max(4 << 10, memoryLimit),
            maximumFoldsPerCommit: max(1, maximumFoldsPerCommit), chunkBytes: min(max(256, chunkBytes), 1 << 20))
    }
}
