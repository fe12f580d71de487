public import WeirStore

extension ExactlyOnce {
    /// Wraps a function. `name` (1 to 64 bytes) is what its responses are stored under: it must stay the same over restarts, and be the function's own.
    ///
    /// - `body` runs inside the store's write transaction, on the committer's thread, one call at a time. It must not block, and have no effect but through the
    ///   transaction. When it throws, nothing is stored, and the message may be sent again.
    /// - `inputDigest`, if given, guards against an ID that is used for two inputs: the digest is stored with the response, and a duplicate whose digest differs
    ///   throws `.inputConflict` instead of getting an answer to another question (Stripe's idempotency keys do so). Without it the ID alone decides.
    ///
    /// Nothing is opened or checked before the first call.
    public init<Input, Output>(
        store: Store, name: String, configuration: ExactlyOnceConfiguration = .init(),
        inputDigest: TransactionalFunction<Input, Output>.InputDigest? = nil, _ body: @escaping TransactionalFunction<Input, Output>.Body
    ) where Wrapped == TransactionalFunction<Input, Output> {
        wrapped = TransactionalFunction(
            store: store, name: name, configuration: configuration, inputDigest: inputDigest, body: body)
    }

    /// Handles a message once: runs the function, or gives the stored result to a duplicate. Returns when it is durable.
    ///
    /// `id` (1 to 256 bytes) identifies the message among all that this function is ever given; it is remembered as `configuration.responses` says. Of two
    /// concurrent duplicates one runs, and the other gets its result.
    ///
    /// Throws what the function throws, an `ExactlyOnceError` (`.inputConflict`, `.responseType`, `.tooLarge`), or a `StoreError`. After `.outcomeUnknown`
    /// send again: that is what this is for. O(log n) and what the function costs.
    public func callAsFunction<Input, Output, ID: StorageKey>(
        _ input: Input, id: ID
    ) async throws -> Output where Wrapped == TransactionalFunction<Input, Output> {
        _ = try await wrapped.ledger()
        return try await wrapped.store.write(try wrapped.delivery(of: input, id: id))
    }

    /// The same for threads that may block.
    @available(*, noasync)
    public func callAsFunction<Input, Output, ID: StorageKey>(
        _ input: Input, id: ID
    ) throws -> Output where Wrapped == TransactionalFunction<Input, Output> {
        _ = try wrapped.ledger()
        return try wrapped.store.write(try wrapped.delivery(of: input, id: id))
    }

    /// Handles a message once by its producer's numbering: no ID is stored per message, only the last five sequences per producer and partition.
    ///
    /// The rules and errors are those of `SequenceGate`, whose name is the function's: messages of a producer come in order; a duplicate of one of the last five
    /// gets the stored result. How producers are numbered says `configuration.producers`.
    public func callAsFunction<Input, Output>(
        _ input: Input, producer: UInt64, epoch: UInt32, sequence: SequenceNumber, partition: UInt32 = 0
    ) async throws -> Output where Wrapped == TransactionalFunction<Input, Output> {
        _ = try await wrapped.ledger()
        let batch = ProducerBatch(producer: producer, epoch: epoch, partition: partition, first: sequence)
        return try await wrapped.store.write(try wrapped.delivery(of: input, as: batch))
    }

    /// The same for threads that may block.
    @available(*, noasync)
    public func callAsFunction<Input, Output>(
        _ input: Input, producer: UInt64, epoch: UInt32, sequence: SequenceNumber, partition: UInt32 = 0
    ) throws -> Output where Wrapped == TransactionalFunction<Input, Output> {
        _ = try wrapped.ledger()
        let batch = ProducerBatch(producer: producer, epoch: epoch, partition: partition, first: sequence)
        return try wrapped.store.write(try wrapped.delivery(of: input, as: batch))
    }

    /// Registers a producer of this function under a name; see `SequenceGate.register`. Needs `configuration.producers` with numbering `.registered`.
    public func register<Input, Output>(
        _ producerName: String, continuing: ProducerIdentity? = nil
    ) async throws -> ProducerIdentity where Wrapped == TransactionalFunction<Input, Output> {
        let ledger = try await wrapped.ledger()
        let now = ledger.configuration.clock.now()
        return try await wrapped.store.write { try ledger.gate.register(producerName, continuing: continuing, at: now, in: &$0) }
    }
}
