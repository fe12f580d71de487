import WeirStore

/// The thin layer under `ExactlyOnce` for functions: looks up, decides by `ResponseVerdict`, runs, stores. All of it inside one write transaction.
struct ResponseLedger: Sendable {
    typealias Rows = Table<Pair<String, [UInt8]>, StoredResponse>
    static let table = "weir.responses"
    static let ageTable = "weir.responses.age"
    static let maximumIDBytes = 256

    let name: String
    let configuration: ExactlyOnceConfiguration
    let rows: Rows
    let ages: ExpiryIndex
    let gate: SequenceGate
    private let audit: AuditLedger
    private let duplicates = UnbookedDuplicates()

    @available(*, noasync)
    init(store: Store, name: String, configuration: ExactlyOnceConfiguration) throws {
        try ScopeName.check(name, "function")
        rows = try store.systemTable(Self.table, key: Pair<String, [UInt8]>.self, value: StoredResponse.self)
        let ages = try store.systemTable(Self.ageTable, key: Pair<String, [UInt8]>.self, value: [UInt8].self)
        self.ages = ExpiryIndex(table: ages, scope: name, policy: configuration.responses)
        gate = try SequenceGate(store: store, name: name, configuration: configuration.producers)
        audit = try AuditLedger(store: store, kind: .function)
        self.name = name
        self.configuration = configuration
    }

    init(store: Store, name: String, configuration: ExactlyOnceConfiguration) async throws {
        try ScopeName.check(name, "function")
        rows = try await store.systemTable(Self.table, key: Pair<String, [UInt8]>.self, value: StoredResponse.self)
        let ages = try await store.systemTable(Self.ageTable, key: Pair<String, [UInt8]>.self, value: [UInt8].self)
        self.ages = ExpiryIndex(table: ages, scope: name, policy: configuration.responses)
        gate = try await SequenceGate(store: store, name: name, configuration: configuration.producers)
        audit = try await AuditLedger(store: store, kind: .function)
        self.name = name
        self.configuration = configuration
    }

    static func key<ID: StorageKey>(_ id: ID) throws -> [UInt8] {
        let bytes = id.withStorageBytes { [UInt8]($0) }
        guard (1...maximumIDBytes).contains(bytes.count) else {
            throw ExactlyOnceError(
                .tooLarge, "A message ID has 1 to \(maximumIDBytes) bytes; \(bytes.count) were given: use a hash of it.")
        }
        return bytes
    }

    func respond<Output: StorageValue>(
        to id: [UInt8], inputDigest: [UInt8]?, in transaction: inout WriteTransaction, _ run: (inout WriteTransaction) throws -> Output
    ) throws -> Output {
        let key = Pair(name, id)
        let stored = try transaction.get(key, in: rows)
        switch ResponseVerdict.on(stored: stored, inputDigest: inputDigest, type: Output.storageName) {
        case .replay(let output):
            duplicates.add()
            return try Self.decode(output)
        case .conflict:
            throw ExactlyOnceError(
                .inputConflict,
                "Function \(name) has handled this message ID with another input, at \(stored?.time.description ?? "?") ms: use a new ID for a new message."
            )
        case .otherType(let type):
            throw ExactlyOnceError(
                .responseType,
                """
                Function \(name) has stored a response of type \(type) for this message ID, and returns \(Output.storageName) now: \
                give the function a new name when its result changes.
                """)
        case .run:
            let output = try run(&transaction)
            let bytes = output.withStorageBytes { [UInt8]($0) }
            guard bytes.count <= configuration.maximumResponseBytes else {
                throw ExactlyOnceError(
                    .tooLarge,
                    """
                    Function \(name) has returned a response of \(bytes.count) bytes; the limit is \(configuration.maximumResponseBytes). \
                    Return a reference to it, or raise maximumResponseBytes.
                    """)
            }
            let now = configuration.clock.now()
            var change = duplicates.take()
            change.received += 1
            change.committed = 1
            let mark = try ages.touch(id, previous: nil, at: now, in: &transaction) { id, transaction in
                change.expired += 1
                try forget(id, in: &transaction)
            }
            let expired = change.expired
            try audit.book(change, of: name, in: &transaction) { transaction in
                // Those that were forgotten just now are counted as forgotten, and were there before.
                var account = AuditAccount()
                account.committed = try Self.kept(of: name, rows, in: transaction) + expired
                account.received = account.committed
                return account
            }
            let response = StoredResponse(
                time: now, mark: mark, inputDigest: inputDigest, type: Output.storageName, output: bytes)
            if !transaction.has(.answerNotStored) { try transaction.put(response, for: key, in: rows) }
            return output
        }
    }

    func respond<Output: StorageValue>(
        to batch: ProducerBatch, in transaction: inout WriteTransaction, _ run: (inout WriteTransaction) throws -> Output
    ) throws -> Output {
        var output: Output?
        let outcome = try gate.admit(batch, at: configuration.clock.now(), in: &transaction) { transaction in
            let new = try run(&transaction)
            output = new
            return .bytes(new.withStorageBytes { [UInt8]($0) })
        }
        if let output { return output }
        return try Self.decode(outcome.answer.bytes ?? [])
    }

    /// How many responses of a function are kept. O(log n + responses).
    static func kept<A>(of function: String, _ rows: Rows, in transaction: borrowing StoreTransaction<A>) throws -> UInt64 {
        var count: UInt64 = 0
        try transaction.scan(rows, first: function) { _, _ in
            count += 1
            return .next
        }
        return count
    }

    private func forget(_ id: [UInt8], in transaction: inout WriteTransaction) throws {
        try transaction.delete(Pair(name, id), in: rows)
    }

    private static func decode<Output: StorageValue>(_ bytes: [UInt8]) throws -> Output {
        do { return try bytes.withUnsafeBytes { try Output(storageBytes: $0) } } catch {
            throw StoreError(
                .corrupt, "A stored response is no \(Output.storageName): \(error). Has the type changed its bytes and kept its name?")
        }
    }
}
