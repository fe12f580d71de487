public import WeirStore

extension SequenceGate {
    static let maximumProducerNameBytes = 200

    /// Registers a producer under a name that stays the same over its restarts (Kafka: `transactional.id`, InitProducerId): gives its ID and the next
    /// epoch, and from this commit on every earlier epoch is fenced.
    ///
    /// A name that is new, or was forgotten, gets the next free ID and epoch 0. After epoch 32,766 it gets a new ID. `continuing` is for a producer that
    /// goes on by itself after an error (KIP-360): it gets the next epoch only while it is the current one, and throws `.producerFenced` otherwise;
    /// asking the same again, because the answer got lost, gets the same answer. O(log n).
    public func register(
        _ producerName: String, continuing: ProducerIdentity? = nil, at now: Timestamp, in transaction: inout WriteTransaction
    ) throws -> ProducerIdentity {
        guard configuration.numbering == .registered else {
            throw ExactlyOnceError(
                .invalidArgument, "The producers of gate \(name) number themselves: open it with numbering .registered to register them.")
        }
        guard (1...Self.maximumProducerNameBytes).contains(producerName.utf8.count) else {
            throw ExactlyOnceError(
                .invalidArgument,
                "The name of a producer has 1 to \(Self.maximumProducerNameBytes) bytes; \(producerName.utf8.count) were given.")
        }
        let known = try registration(under: producerName, in: transaction)
        switch ProducerRegistration.verdict(current: known?.registration, continuing: continuing) {
        case .create: return try create(producerName, at: now, in: &transaction)
        case .raise(let raised):
            try store(raised, producerName, known?.mark, at: now, in: &transaction)
            return ProducerIdentity(producer: raised.producer, epoch: raised.epoch)
        case .replace:
            if let known {
                var retired = known.registration
                retired.epoch = ProducerRegistration.retiredEpoch
                try transaction.put(
                    .registration(retired, name: producerName, mark: known.mark),
                    for: ProducerKey(name, .registration(retired.producer)), in: rows)
            }
            return try create(producerName, at: now, in: &transaction)
        case .keep:
            guard let kept = known?.registration else { preconditionFailure("Only a known registration is kept.") }
            return ProducerIdentity(producer: kept.producer, epoch: kept.epoch)
        case .fenced(let current):
            throw ExactlyOnceError(
                .producerFenced,
                """
                \(continuing.map { "\($0)" } ?? "A producer") is no longer current under the name \(producerName) \
                (epoch \(current.map { "\($0)" } ?? "none") is): another incarnation has taken over, or it was forgotten. Register anew.
                """)
        }
    }

    private func create(_ producerName: String, at now: Timestamp, in transaction: inout WriteTransaction) throws -> ProducerIdentity {
        var id: UInt64 = 1
        if case .nextID(let next) = try transaction.get(ProducerKey(name, .nextID), in: rows) { id = next }
        try transaction.put(.nextID(id + 1), for: ProducerKey(name, .nextID), in: rows)
        try transaction.put(.name(id), for: ProducerKey(name, .name(producerName)), in: rows)
        try store(ProducerRegistration(producer: id, epoch: 0), producerName, nil, at: now, in: &transaction)
        return ProducerIdentity(producer: id, epoch: 0)
    }

    private func store(
        _ registration: ProducerRegistration, _ producerName: String, _ mark: ExpiryMark?, at now: Timestamp,
        in transaction: inout WriteTransaction
    ) throws {
        let id = registration.producer
        let mark = try registrations.touch(
            Self.member(id), previous: mark, at: now, in: &transaction, evict: forgetRegistration)
        try transaction.put(
            .registration(registration, name: producerName, mark: mark), for: ProducerKey(name, .registration(id)), in: rows)
    }

    private func registration<A>(
        under producerName: String, in transaction: borrowing StoreTransaction<A>
    ) throws -> (registration: ProducerRegistration, mark: ExpiryMark)? {
        guard case .name(let id) = try transaction.get(ProducerKey(name, .name(producerName)), in: rows) else { return nil }
        return try registration(of: id, in: transaction).map { ($0.registration, $0.mark) }
    }

    private func registration<A>(
        of producer: UInt64, in transaction: borrowing StoreTransaction<A>
    ) throws -> (registration: ProducerRegistration, name: String, mark: ExpiryMark)? {
        guard
            case .registration(let registration, let producerName, let mark) = try transaction.get(
                ProducerKey(name, .registration(producer)), in: rows)
        else { return nil }
        return (registration, producerName, mark)
    }

    /// The mark of the batch's registration; throws unless its ID and epoch are current. What numbers itself has none and is judged by its sequence alone.
    func checkStanding<A>(of batch: ProducerBatch, in transaction: borrowing StoreTransaction<A>) throws -> ExpiryMark? {
        guard configuration.numbering == .registered else { return nil }
        let known = try registration(of: batch.producer, in: transaction)
        switch ProducerRegistration.standing(of: batch.epoch, known?.registration) {
        case .current: return known?.mark
        case .fenced(ProducerRegistration.retiredEpoch):
            throw ExactlyOnceError(
                .producerFenced,
                "The epochs of the ID of \(batch) are used up, and its name has a new ID: another incarnation has taken over, stop this one."
            )
        case .fenced(let current):
            guard let refusal = SequenceVerdict.fenced(current: current).refusal(of: batch) else {
                preconditionFailure("A fenced batch is refused.")
            }
            throw refusal
        case .neverIssued(let current):
            throw ExactlyOnceError(
                .producerEpochUnknown, "The epoch of \(batch) was never handed out, \(current) is current: register to get the next.")
        case .unknown:
            throw ExactlyOnceError(
                .producerUnknown, "No such producer is registered: \(batch). It was idle for too long, or never registered: register it.")
        }
    }

    /// Marks a producer's registration as used now, unless its mark says so already. By its own mark, which was read when the batch was let in: the marks of
    /// sequences move in their own time, which may be much slower than registrations age, and differently after the clock has jumped.
    func touchRegistration(_ producer: UInt64, _ mark: ExpiryMark, at now: Timestamp, in transaction: inout WriteTransaction) throws {
        if configuration.registrations.stays(mark, at: now) { return }
        // Read again: the batch's effect may have registered somebody.
        guard let known = try registration(of: producer, in: transaction) else { return }
        try store(known.registration, known.name, known.mark, at: now, in: &transaction)
    }

    func forgetRegistration(_ member: [UInt8], in transaction: inout WriteTransaction) throws {
        guard member.count == 8 else {
            throw StoreError(.corrupt, "A row of \(Self.ageTable) names no registration. Run `weir verify`.")
        }
        let id = member.reduce(0) { $0 << 8 | UInt64($1) }
        guard let known = try registration(of: id, in: transaction) else { return }
        try transaction.delete(ProducerKey(name, .registration(id)), in: rows)
        // The name may lead to a newer ID by now.
        let key = ProducerKey(name, .name(known.name))
        if case .name(id) = try transaction.get(key, in: rows) { try transaction.delete(key, in: rows) }
    }

    private static func member(_ producer: UInt64) -> [UInt8] { withUnsafeBytes(of: producer.bigEndian) { [UInt8]($0) } }
}
