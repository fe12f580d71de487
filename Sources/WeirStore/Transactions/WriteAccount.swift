/// What one LMDB write transaction has used of its limits and changed in the tables' tallies.
///
/// Owned by the committer's thread. A caller's part can be taken back (`mark`, `rewind`), as its nested transaction is.
final class WriteAccount {
    struct Mark {
        fileprivate var tallies: [UInt32: Tally]
        fileprivate var bytes: Int
        fileprivate var operations: Int
        fileprivate var changes: Int
    }

    private let configuration: StoreConfiguration
    private let thread: ThreadIdentity
    /// The tallies of the tables that were touched, as they will be.
    private(set) var tallies: [UInt32: Tally] = [:]
    private var bytes = 0
    private var operations = 0
    private var groupBytes = 0
    private var groupOperations = 0
    /// Records put or deleted: none means that there is nothing to commit.
    private(set) var changes = 0
    /// Why nothing may be put at the moment, where it is so: the store is full. Deleting goes on.
    var putsRefused: StoreError?
    /// Why LMDB would not go on with this caller's transaction, where it was so.
    var failure: StoreError?

    init(configuration: StoreConfiguration, thread: ThreadIdentity) {
        self.configuration = configuration
        self.thread = thread
    }

    var maximumTables: Int { configuration.maximumTables }

    func mark() -> Mark { Mark(tallies: tallies, bytes: bytes, operations: operations, changes: changes) }

    func rewind(to mark: Mark) {
        tallies = mark.tallies
        bytes = mark.bytes
        operations = mark.operations
        changes = mark.changes
        failure = nil
    }

    /// What a group has written, beyond which the next caller gets a transaction of its own: a nested transaction cannot spill to the disk, and a
    /// caller should not fail for what others wrote.
    var isGroupFull: Bool { groupBytes > 64 << 20 || groupOperations > 10_000 }

    /// Each caller has the whole limit to itself.
    func beginCaller() {
        bytes = 0
        operations = 0
        failure = nil
    }

    func reset() {
        tallies.removeAll(keepingCapacity: true)
        changes = 0
        putsRefused = nil
        groupBytes = 0
        groupOperations = 0
        beginCaller()
    }

    /// Checks a write against every limit before anything is touched.
    func spend(key: Int, value: Int, puts: Bool) throws(StoreError) {
        precondition(
            thread.isCurrent,
            "A write transaction was used on another thread than the one it began on. Use it only inside the closure that was given to Store.write."
        )
        if let failure { throw failure }
        if puts, let putsRefused { throw putsRefused }
        guard (1...511).contains(key) else {
            throw StoreError(.keySize, "A key of \(key) bytes was given; a key has 1 to 511 bytes.")
        }
        guard value <= configuration.maximumValueBytes else {
            throw StoreError(
                .valueSize,
                "A value of \(value) bytes was given; the limit is \(configuration.maximumValueBytes). Split it, or open the store with a larger maximumValueBytes."
            )
        }
        bytes += key + value
        operations += 1
        groupBytes += key + value
        groupOperations += 1
        guard bytes <= configuration.maximumTransactionBytes, operations <= configuration.maximumTransactionOperations else {
            let refused = StoreError(
                .transactionTooLarge,
                """
                One transaction has written \(bytes) bytes in \(operations) operations; the limits are \(configuration.maximumTransactionBytes) \
                and \(configuration.maximumTransactionOperations). It is undone: write in several transactions.
                """)
            failure = refused
            throw refused
        }
    }

    func tally(of number: UInt32) -> Tally? { tallies[number] }

    func changed(_ number: UInt32, _ tally: Tally) {
        tallies[number] = tally
        changes += 1
    }

    func changedUntallied() { changes += 1 }
}
