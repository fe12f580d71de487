public import WeirStore

/// The tuples that a topology gave up, in the table `weir.deadletters`: `Pair(topology, number)` -> letter. Under number 0 lies the account.
///
/// A letter is put in the commit that goes on without its tuple, and taken for a retry in the commit that brings the tuple back: it is never in
/// both places, and never in neither.
public struct DeadLetters: Sendable {
    static let table = "weir.deadletters"
    typealias Rows = Table<Pair<String, UInt64>, DeadLetterRow>

    /// The topology's name.
    public let topology: String
    /// The limits.
    public let configuration: DeadLettersConfiguration
    private let rows: Rows

    /// A topology's letters; the table is created where it is missing. The name has 1 to 64 bytes.
    @available(*, noasync)
    public init(store: Store, topology: String, configuration: DeadLettersConfiguration = .init()) throws {
        try ScopeName.check(topology, "topology")
        let rows: Rows = try store.systemTable(Self.table, key: Pair<String, UInt64>.self, value: DeadLetterRow.self)
        (self.topology, self.configuration, self.rows) = (topology, configuration, rows)
    }

    /// The same without blocking.
    public init(store: Store, topology: String, configuration: DeadLettersConfiguration = .init()) async throws {
        try ScopeName.check(topology, "topology")
        let rows: Rows = try await store.systemTable(Self.table, key: Pair<String, UInt64>.self, value: DeadLetterRow.self)
        (self.topology, self.configuration, self.rows) = (topology, configuration, rows)
    }

    /// Puts a letter and returns its number: from 1, never used twice. Throws `.deadLettersFull` at the limit, unless the oldest is to go. O(log n).
    @discardableResult
    package func put(_ letter: DeadLetter, in transaction: inout WriteTransaction) throws -> UInt64 {
        var account = try account(in: transaction)
        guard case .put(let number, let dropping) = account.verdict(configuration) else {
            throw ExactlyOnceError(
                .deadLettersFull,
                "Topology \(topology) has \(account.count) dead letters, its limit: retry or drop some (`weir deadletters`), or raise the limit."
            )
        }
        if dropping > 0 {
            var oldest: [UInt64] = []
            try transaction.scan(rows, from: Pair(topology, 1), upTo: Pair(topology, .max)) { key, _ in
                oldest.append(key.second)
                return oldest.count < dropping ? .next : .stop
            }
            for number in oldest { try transaction.delete(Pair(topology, number), in: rows) }
            account.count -= min(account.count, UInt64(oldest.count))
        }
        account.last = number
        account.count += 1
        try transaction.put(.letter(letter.limited(rowBytes: configuration.maximumRowBytes)), for: Pair(topology, number), in: rows)
        try transaction.put(.account(account), for: Pair(topology, 0), in: rows)
        return number
    }

    /// How many letters there are. O(log n).
    public func count<A>(in transaction: borrowing StoreTransaction<A>) throws -> Int {
        Int(clamping: try account(in: transaction).count)
    }

    /// The number of the newest letter there ever was; 0 before the first. O(log n).
    package func lastNumber<A>(in transaction: borrowing StoreTransaction<A>) throws -> UInt64 { try account(in: transaction).last }

    /// The letter with this number, or nil. O(log n).
    public func letter<A>(_ number: UInt64, in transaction: borrowing StoreTransaction<A>) throws -> DeadLetter? {
        guard number > 0, case .letter(let letter) = try transaction.get(Pair(topology, number), in: rows) else { return nil }
        return letter
    }

    /// The letters from a number on, oldest first. O(log n + letters).
    public func scan<A>(
        from number: UInt64 = 1, in transaction: borrowing StoreTransaction<A>, _ body: (_ number: UInt64, DeadLetter) throws -> ScanStep
    ) throws {
        try transaction.scan(rows, from: Pair(topology, max(1, number)), upTo: Pair(topology, .max)) { key, row in
            guard case .letter(let letter) = row else { return .next }
            return try body(key.second, letter)
        }
    }

    /// Drops a letter for good; returns whether it was there. O(log n).
    @discardableResult
    public func drop(_ number: UInt64, in transaction: inout WriteTransaction) throws -> Bool {
        try take(number, in: &transaction) != nil
    }

    /// Takes a letter out to process its tuple again: do that, or store that it is to be done, in this same transaction. Nil when it is not there,
    /// so that of two who retry one gets it. O(log n).
    public func take(_ number: UInt64, in transaction: inout WriteTransaction) throws -> DeadLetter? {
        guard let letter = try letter(number, in: transaction) else { return nil }
        try transaction.delete(Pair(topology, number), in: rows)
        var account = try account(in: transaction)
        account.count -= min(account.count, 1)
        try transaction.put(.account(account), for: Pair(topology, 0), in: rows)
        return letter
    }

    /// Has the next exactly-once run of the topology read the tuple from its source again and process it. The letter stays until the commit in which that
    /// succeeded; should it fail again, it comes back as a new letter. Returns whether it was there. O(log n).
    @discardableResult
    public func retry(_ number: UInt64, in transaction: inout WriteTransaction) throws -> Bool {
        guard var letter = try letter(number, in: transaction) else { return false }
        letter.awaitsRetry = true
        try transaction.put(.letter(letter), for: Pair(topology, number), in: rows)
        return true
    }

    /// Every letter of every topology, by topology and number, as a snapshot of its own shows them. O(letters). Never creates anything.
    @available(*, noasync)
    public static func scan(_ store: Store, _ body: (_ topology: String, _ number: UInt64, DeadLetter) throws -> ScanStep) throws {
        // Opened before the snapshot is taken, which would not know it otherwise.
        guard let rows = try store.existingTable(table, key: Pair<String, UInt64>.self, value: DeadLetterRow.self) else { return }
        try store.read { snapshot in
            try snapshot.scan(rows) { key, row in
                guard case .letter(let letter) = row else { return .next }
                return try body(key.first, key.second, letter)
            }
        }
    }

    private func account<A>(in transaction: borrowing StoreTransaction<A>) throws -> DeadLetterAccount {
        guard case .account(let account) = try transaction.get(Pair(topology, 0), in: rows) else { return DeadLetterAccount() }
        return account
    }
}

/// A row of `weir.deadletters`: `[kind u8]`, then the letter (1; 2 when it awaits a retry) or the account (0: `[last u64][count u64]`), little-endian.
package enum DeadLetterRow: StorageValue, Hashable, Sendable {
    case account(DeadLetterAccount)
    case letter(DeadLetter)

    package static var storageName: String { "weir.deadletter-row" }

    package func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var encoder = RowEncoder(capacity: 160)
        switch self {
        case .account(let account):
            encoder.integer(UInt8(0))
            encoder.integer(account.last)
            encoder.integer(account.count)
        case .letter(let letter):
            encoder.integer(UInt8(letter.awaitsRetry ? 2 : 1))
            letter.withStorageBytes { encoder.rest($0) }
        }
        return try encoder.bytes.withUnsafeBytes(body)
    }

    package init(storageBytes: UnsafeRawBufferPointer) throws {
        var decoder = RowDecoder(storageBytes, "dead-letter row")
        switch try decoder.integer(UInt8.self) {
        case 0:
            self = .account(DeadLetterAccount(last: try decoder.integer(), count: try decoder.integer()))
            try decoder.end()
        case let kind where kind == 1 || kind == 2:
            var letter = try DeadLetter(storageBytes: decoder.rest())
            letter.awaitsRetry = kind == 2
            self = .letter(letter)
        case let kind: throw decoder.failure("kind \(kind) is not known")
        }
    }
}
