/// What a commit survives. Docs/Guarantees.md has the table.
public struct Durability: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: String, Sendable { case full, lastCommitMayBeLost, processCrashOnly }
    private let kind: Kind

    /// Two flushes a commit, data and meta page: what was acknowledged survives a power cut.
    public static let full = Durability(kind: .full)
    /// One flush a commit: after a power cut the store is intact, but the newest commit may be gone.
    public static let lastCommitMayBeLost = Durability(kind: .lastCommitMayBeLost)
    /// No flush: survives the end of the process, but a power cut may destroy the store. For tests and caches.
    public static let processCrashOnly = Durability(kind: .processCrashOnly)

    /// The mode's name.
    public var description: String { kind.rawValue }
}

/// How a store is opened. Every limit has a stated behaviour when it is reached.
public struct StoreConfiguration: Sendable {
    /// Whether this process may write.
    public struct Access: Hashable, Sendable {
        private let writes: Bool
        /// One process at a time.
        public static let readWrite = Access(writes: true)
        /// Any number of processes beside the writer.
        public static let readOnly = Access(writes: false)
    }

    /// What a commit survives.
    public var durability: Durability
    /// Reading and writing, or reading only.
    public var access: Access
    /// Bytes the file may grow to, 1 MiB to 64 TiB, reserved once as address space. Beyond it, writes fail with `.full`. Where the
    /// address space is limited (`ulimit -v`), as much as there is.
    public var maximumSize: Int
    /// Tables that may exist, those that Weir makes for itself included; at most 8,176. Beyond it, creating one fails with `.tooManyTables`.
    public var maximumTables: Int
    /// Reader slots of all processes together, at most 1,048,576. Beyond it, a read fails with `.tooManyReaders`.
    public var maximumReaders: Int
    /// Bytes of one value, at most 1 GiB. A larger one is refused with `.valueSize`.
    public var maximumValueBytes: Int
    /// Bytes of keys and values that one transaction may write. Beyond it, `.transactionTooLarge`; the transaction is undone.
    public var maximumTransactionBytes: Int
    /// Puts and deletes of one transaction. Each may dirty a page of 4 KiB, and LMDB begins to spill at 512 MiB of them.
    public var maximumTransactionOperations: Int
    /// Writes that may wait for the writer. Beyond it, a write fails at once with `.overloaded`.
    public var maximumWaitingWrites: Int
    /// How long to wait, while opening, for another process that holds the store; then `.busy`. Zero refuses at once.
    public var writerWait: Duration
    /// A read that lasts longer is reported as an event, with the place that began it: it keeps the file growing.
    public var longReadAfter: Duration
    /// Whether opening first does what `Store.verify` does, and refuses a damaged store with `.corrupt` before LMDB maps its file. Without it, damage may
    /// show as `.corrupt` when it is met, as a signal of LMDB's, or not at all: Docs/Guarantees.md says which. Takes as long as reading the file.
    /// Where this process has the folder open already, nothing is verified: the store shares what is open, and its file is mapped. `Store.verify` verifies then, too.
    public var verifiesOnOpen: Bool
    /// Called for what an operator should know; on a thread of the store's, and must not block.
    public var onEvent: (@Sendable (StoreEvent) -> Void)?
    #if DEBUG
        /// A mistake to be made on purpose.
        package var plantedBug: PlantedBug?
    #endif

    /// The defaults: full durability, 1 TiB, and limits that a small machine bears.
    public init(
        durability: Durability = .full, access: Access = .readWrite, maximumSize: Int = 1 << 40, maximumTables: Int = 256,
        maximumReaders: Int = 510, maximumValueBytes: Int = 16 << 20, maximumTransactionBytes: Int = 256 << 20,
        maximumTransactionOperations: Int = 100_000, maximumWaitingWrites: Int = 16_384, writerWait: Duration = .zero,
        longReadAfter: Duration = .seconds(10), verifiesOnOpen: Bool = false, onEvent: (@Sendable (StoreEvent) -> Void)? = nil
    ) {
        self.durability = durability
        self.access = access
        self.maximumSize = maximumSize
        self.maximumTables = maximumTables
        self.maximumReaders = maximumReaders
        self.maximumValueBytes = maximumValueBytes
        self.maximumTransactionBytes = maximumTransactionBytes
        self.maximumTransactionOperations = maximumTransactionOperations
        self.maximumWaitingWrites = maximumWaitingWrites
        self.writerWait = writerWait
        self.longReadAfter = longReadAfter
        self.verifiesOnOpen = verifiesOnOpen
        self.onEvent = onEvent
    }
}

extension StoreConfiguration {
    /// Table numbers are 16 to 8191: verification tries them all for a table whose first record is damaged.
    static let tableNumbers = SystemTable.firstUserNumber..<8192

    /// Refuses limits that no store can have.
    func check() throws(StoreError) {
        guard (1 << 20...1 << 46).contains(maximumSize) else {
            throw StoreError(
                .invalidArgument, "A maximumSize of \(maximumSize) bytes was given; it must be at least 1 MiB and at most 64 TiB.")
        }
        let limits: [(name: String, value: Int, most: Int)] = [
            ("maximumTables", maximumTables, Self.tableNumbers.count), ("maximumReaders", maximumReaders, 1 << 20),
            ("maximumValueBytes", maximumValueBytes, 1 << 30), ("maximumTransactionBytes", maximumTransactionBytes, .max),
            ("maximumTransactionOperations", maximumTransactionOperations, .max), ("maximumWaitingWrites", maximumWaitingWrites, .max),
        ]
        for limit in limits where limit.value < 1 || limit.value > limit.most {
            let most = limit.most == .max ? "" : " and at most \(limit.most)"
            throw StoreError(.invalidArgument, "A \(limit.name) of \(limit.value) was given; it must be at least 1\(most).")
        }
    }
}
