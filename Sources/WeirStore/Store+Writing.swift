extension Store {
    /// Runs `body` as one transaction and returns when it is durable. If it throws, nothing of it remains, and the error is thrown on.
    ///
    /// Runs on the store's writing thread, one after another; writes that wait at the same time share one flush and one transaction ID, and one that
    /// fails does not undo another. Keep it short and free of waiting. A write within a write traps.
    /// Throws `.full` and `.diskFull` when there is no space (nothing is lost), `.overloaded` when too many are waiting.
    @available(*, noasync, message: "a write waits for the disk: in async code, await it")
    @discardableResult
    public func write<R>(_ body: (inout WriteTransaction) throws -> R) throws -> R {
        engine.refuseNesting()
        return try withoutActuallyEscaping(body) { body in
            let call = BlockingWrite(body)
            try engine.enqueue(WriteJob(perform: { try call.perform(&$0) }, complete: { call.complete($0) }))
            return try call.wait()
        }
    }

    /// The same without blocking: `body` runs on the store's writing thread while the task is suspended.
    @discardableResult
    public func write<R: Sendable>(_ body: @escaping @Sendable (inout WriteTransaction) throws -> R) async throws -> R {
        let value = SingleAssignment<R>()
        return try await withCheckedThrowingContinuation { continuation in
            let job = WriteJob(
                perform: { value.set(try body(&$0)) },
                complete: { result in continuation.resume(with: result.map { _ in value.take() }) })
            do { try engine.enqueue(job) } catch { continuation.resume(throwing: error) }
        }
    }

    /// Hands writes in without waiting for them. Writes are committed in the order in which they were handed in; those of one call are taken together,
    /// so that an idle store commits them as one group.
    package func submit(_ writes: StoreWrite...) { submit(writes) }

    /// The same for a list.
    package func submit(_ writes: [StoreWrite]) {
        do {
            try engine.enqueue(writes.map { WriteJob(perform: $0.work, complete: $0.completion) })
        } catch {
            for write in writes { write.completion(.failure(error)) }
        }
    }
}

/// A write that is handed in without waiting for it.
package struct StoreWrite: Sendable {
    /// The write itself.
    package let work: @Sendable (inout WriteTransaction) throws -> Void
    /// Called on the store's writing thread after the flush, with the transaction ID. Must not block.
    package let completion: @Sendable (Result<TransactionID, any Error>) -> Void

    package init(
        _ work: @escaping @Sendable (inout WriteTransaction) throws -> Void,
        completion: @escaping @Sendable (Result<TransactionID, any Error>) -> Void
    ) {
        self.work = work
        self.completion = completion
    }
}

extension Engine {
    func refuseNesting() {
        precondition(
            !isCommitterThread,
            "A write was begun within a write: it would wait for itself for ever. Use the transaction that the closure was given, or begin the write after Store.write has returned."
        )
    }
}

/// A value that is set on one thread before it is taken on another.
// Sendable: set by the write, taken by its completion, both on the committer's thread.
private final class SingleAssignment<Value: Sendable>: @unchecked Sendable {
    private var value: Value?

    func set(_ new: Value) { value = new }

    func take() -> Value {
        guard let value else { preconditionFailure("A write completed that was not performed.") }
        return value
    }
}

/// One blocking call of `write`: its closure stays on the caller's stack while the committer's thread runs it.
// Sendable: the caller touches it before it is handed in and after `complete` has opened the monitor; between these, only the
// committer's thread does.
private final class BlockingWrite<R>: @unchecked Sendable {
    private var body: ((inout WriteTransaction) throws -> R)?
    private var value: R?
    private let outcome = Monitor<Result<TransactionID, any Error>?>(nil)

    init(_ body: @escaping (inout WriteTransaction) throws -> R) { self.body = body }

    func perform(_ transaction: inout WriteTransaction) throws {
        guard let body else { preconditionFailure("A write is performed once.") }
        value = try body(&transaction)
    }

    func complete(_ result: Result<TransactionID, any Error>) {
        // The closure must not outlive the call of `write`.
        body = nil
        outcome.withLock(wake: true) { $0 = result }
    }

    func wait() throws -> R {
        guard let result = outcome.wait(until: { $0 }) else { preconditionFailure("A wait without a timeout ends with a result.") }
        _ = try result.get()
        guard let value else { preconditionFailure("A write completed that was not performed.") }
        return value
    }
}
