public import WeirStore

/// Lets every message of a producer through once, however often it is sent: Kafka's idempotent producer (KIP-98, KIP-360) for any effect.
///
/// A producer has an ID and an epoch, and numbers its messages per partition. The check, the effect and the new sequence are one commit:
///
///     let gate = try await SequenceGate(store: store, name: "readings")
///     let me = try await store.write { try gate.register("sensor-17", at: now, in: &$0) }
///     let outcome = try await store.write { transaction in
///         try gate.admit(ProducerBatch(producer: me.producer, epoch: me.epoch, first: 0), at: now, in: &transaction) { transaction in
///             try transaction.put(reading, for: 17, in: readings)
///             return .offset(17)
///         }
///     }
///
/// - A duplicate of one of the last five batches gets the first answer; its effect does not run again. An older one throws `.sequenceDuplicate`.
/// - A gap, or a batch that is partly new, throws `.sequenceOutOfOrder`.
/// - An older epoch throws `.producerFenced`; a newer one begins at sequence 0 again. Sequences count from 0 to 2^31 - 1 and around.
/// - A producer that nothing is known of begins at 0, or throws `.producerUnknown` (see `UnknownProducerRule`).
///
/// Everything lies in the store's tables `weir.producers` and `weir.producers.age`: nothing is held in memory, however many producers
/// there are. A batch costs two reads and one write (O(log n) each); every so often, when a sequence's age moves on, a few more.
public struct SequenceGate: Sendable {
    static let table = "weir.producers"
    static let ageTable = "weir.producers.age"

    /// The gate's name. Gates of other names know nothing of its producers.
    public let name: String
    let configuration: SequenceGateConfiguration
    let rows: Table<ProducerKey, ProducerRow>
    let sequences: ExpiryIndex
    let registrations: ExpiryIndex
    private let audit: AuditLedger
    private let duplicates = UnbookedDuplicates()

    /// A gate; its tables are created where they are missing. The name has 1 to 64 bytes.
    @available(*, noasync)
    public init(store: Store, name: String, configuration: SequenceGateConfiguration = .init()) throws {
        try ScopeName.check(name, "sequence gate")
        self.init(
            name, configuration, rows: try store.systemTable(Self.table, key: ProducerKey.self, value: ProducerRow.self),
            ages: try store.systemTable(Self.ageTable, key: Pair<String, [UInt8]>.self, value: [UInt8].self),
            audit: try AuditLedger(store: store, kind: .producers))
    }

    /// The same without blocking.
    public init(store: Store, name: String, configuration: SequenceGateConfiguration = .init()) async throws {
        try ScopeName.check(name, "sequence gate")
        self.init(
            name, configuration, rows: try await store.systemTable(Self.table, key: ProducerKey.self, value: ProducerRow.self),
            ages: try await store.systemTable(Self.ageTable, key: Pair<String, [UInt8]>.self, value: [UInt8].self),
            audit: try await AuditLedger(store: store, kind: .producers))
    }

    private init(
        _ name: String, _ configuration: SequenceGateConfiguration, rows: Table<ProducerKey, ProducerRow>, ages: ExpiryIndex.Rows,
        audit: AuditLedger
    ) {
        self.name = name
        self.configuration = configuration
        self.rows = rows
        self.audit = audit
        let kind = configuration.numbering == .registered ? "registered" : "self-numbered"
        sequences = ExpiryIndex(table: ages, scope: "\(name)/\(kind)", policy: configuration.sequences)
        registrations = ExpiryIndex(table: ages, scope: "\(name)/registrations", policy: configuration.registrations)
    }

    /// What came of a batch.
    public struct Outcome: Hashable, Sendable {
        /// The first answer.
        public let answer: SequenceAnswer
        /// Whether it was given before, so that no effect ran now.
        public let isDuplicate: Bool
    }

    /// Lets a batch through: runs `effect` and remembers what it answers, or gives the first answer to a duplicate.
    ///
    /// Throws an `ExactlyOnceError` when the batch is refused, and what `effect` throws: let every error leave the closure of `Store.write`, so that all is undone.
    /// `effect` must not send a batch of the same producer and partition through the same gate.
    public func admit(
        _ batch: ProducerBatch, at now: Timestamp, in transaction: inout WriteTransaction,
        _ effect: (inout WriteTransaction) throws -> SequenceAnswer
    ) throws -> Outcome {
        let registered = try checkStanding(of: batch, in: transaction)
        let key = ProducerKey(name, place(batch.producer, batch.partition))
        let known = try sequence(at: key, in: transaction)
        var verdict = ProducerState.verdict(on: batch, known?.state, configuration.unknownProducers)
        if case .fenced = verdict, transaction.has(.epochUnchecked) { verdict = .accept }
        if case .replay(let answer) = verdict {
            duplicates.add(batch.count)
            return Outcome(answer: answer, isDuplicate: true)
        }
        if let refusal = verdict.refusal(of: batch) { throw refusal }

        let answer = try effect(&transaction)
        guard (answer.bytes?.count ?? 0) <= configuration.maximumAnswerBytes else {
            throw ExactlyOnceError(
                .tooLarge,
                "An answer of \(answer.bytes?.count ?? 0) bytes was given; the limit is \(configuration.maximumAnswerBytes). Answer with a reference to it."
            )
        }
        var state = ProducerState.applying(batch, answer: answer, to: known?.state)
        if transaction.has(.windowOneTooShort) { state = state.remembering(4) }
        let member = Self.member(batch.producer, batch.partition)
        let mark = try sequences.touch(member, previous: known?.mark, at: now, in: &transaction, evict: forgetSequence)
        if let registered { try touchRegistration(batch.producer, registered, at: now, in: &transaction) }
        try transaction.put(.sequence(state, lastSeen: now, mark: mark), for: key, in: rows)
        var change = duplicates.take()
        change.received += UInt64(batch.count)
        change.committed = UInt64(batch.count)
        try audit.book(change, of: name, in: &transaction)
        return Outcome(answer: answer, isDuplicate: false)
    }

    /// What is remembered of a producer in a partition; nil when nothing is. Its `next` tells a producer where to go on. O(log n).
    public func state<A>(
        of producer: UInt64, partition: UInt32 = 0, in transaction: borrowing StoreTransaction<A>
    ) throws -> ProducerState? {
        try sequence(at: ProducerKey(name, place(producer, partition)), in: transaction)?.state
    }

    /// Lets up to `ExpiryPolicy.slice` sequences and as many registrations go whose time is up; returns how many went. For idle times: commits that add
    /// producers do it themselves.
    @discardableResult
    public func expire(at now: Timestamp, in transaction: inout WriteTransaction) throws -> Int {
        let gone = try sequences.expire(at: now, in: &transaction, evict: forgetSequence)
        return try gone + registrations.expire(at: now, in: &transaction, evict: forgetRegistration)
    }
}

extension SequenceGate {
    private func place(_ producer: UInt64, _ partition: UInt32) -> ProducerKey.Place {
        configuration.numbering == .registered
            ? .registered(producer, partition: partition) : .selfNumbered(producer, partition: partition)
    }

    private func sequence<A>(
        at key: ProducerKey, in transaction: borrowing StoreTransaction<A>
    ) throws -> (state: ProducerState, mark: ExpiryMark)? {
        switch try transaction.get(key, in: rows) {
        case nil: return nil
        case .sequence(let state, _, let mark): return (state, mark)
        default: throw StoreError(.corrupt, "A row of \(Self.table) is of another kind than its key. Run `weir verify`.")
        }
    }

    private static func member(_ producer: UInt64, _ partition: UInt32) -> [UInt8] {
        withUnsafeBytes(of: producer.bigEndian) { [UInt8]($0) } + withUnsafeBytes(of: partition.bigEndian) { [UInt8]($0) }
    }

    private func forgetSequence(_ member: [UInt8], in transaction: inout WriteTransaction) throws {
        try member.withUnsafeBytes { bytes in
            guard bytes.count == 12 else { throw StoreError(.corrupt, "A row of \(Self.ageTable) names no producer. Run `weir verify`.") }
            let producer = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
            let partition = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
            try transaction.delete(ProducerKey(name, place(producer, partition)), in: rows)
        }
    }
}
