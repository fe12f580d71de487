import Synchronization
public import WeirStore

/// A function that changes the store and returns a result: what `ExactlyOnce` wraps when it is given a closure.
public struct TransactionalFunction<Input: Sendable, Output: StorageValue & Sendable>: Sendable {
    /// The function itself. It runs on the committer's thread: it computes and changes the store; it does not wait for anything.
    public typealias Body = @Sendable (_ input: Input, _ transaction: inout WriteTransaction) throws -> Output
    /// A digest of what makes two inputs the same, at most 64 bytes.
    public typealias InputDigest = @Sendable (_ input: Input) -> [UInt8]

    static var maximumDigestBytes: Int { 64 }

    let store: Store
    let name: String
    let configuration: ExactlyOnceConfiguration
    let inputDigest: InputDigest?
    let body: Body
    private let opened = OpenedResponses()

    init(
        store: Store, name: String, configuration: ExactlyOnceConfiguration, inputDigest: InputDigest?, body: @escaping Body
    ) {
        self.store = store
        self.name = name
        self.configuration = configuration
        self.inputDigest = inputDigest
        self.body = body
    }

    /// Its tables, opened by the first call, so that making one cannot fail.
    @available(*, noasync)
    func ledger() throws -> ResponseLedger {
        try opened.value ?? opened.keep(try ResponseLedger(store: store, name: name, configuration: configuration))
    }

    func ledger() async throws -> ResponseLedger {
        if let ledger = opened.value { return ledger }
        return opened.keep(try await ResponseLedger(store: store, name: name, configuration: configuration))
    }

    /// What the delivery of a message does in a transaction. The tables must have been opened.
    package func delivery<ID: StorageKey>(of input: Input, id: ID) throws -> @Sendable (inout WriteTransaction) throws -> Output {
        let (ledger, body) = (try openLedger(), body)
        let (key, digest) = (try ResponseLedger.key(id), try digest(of: input))
        return { transaction in try ledger.respond(to: key, inputDigest: digest, in: &transaction) { try body(input, &$0) } }
    }

    /// The same for a message that its producer has numbered.
    package func delivery(of input: Input, as batch: ProducerBatch) throws -> @Sendable (inout WriteTransaction) throws -> Output {
        let (ledger, body) = (try openLedger(), body)
        return { transaction in try ledger.respond(to: batch, in: &transaction) { try body(input, &$0) } }
    }

    /// Opens the tables where that was not done yet.
    @available(*, noasync)
    package func open() throws { _ = try ledger() }

    private func openLedger() throws -> ResponseLedger {
        guard let ledger = opened.value else {
            throw StoreError(.invalidArgument, "Function \(name) was used before its tables were opened.")
        }
        return ledger
    }

    func digest(of input: Input) throws(ExactlyOnceError) -> [UInt8]? {
        guard let digest = inputDigest?(input) else { return nil }
        guard digest.count <= Self.maximumDigestBytes else {
            throw ExactlyOnceError(
                .tooLarge, "The digest of an input has at most \(Self.maximumDigestBytes) bytes; \(digest.count) were given: hash it.")
        }
        return digest
    }
}

final class OpenedResponses: Sendable {
    private let ledger = Mutex<ResponseLedger?>(nil)

    var value: ResponseLedger? { ledger.withLock { $0 } }

    /// Opened outside of the lock, as that may write. Opened twice at the same time it is the same.
    func keep(_ new: ResponseLedger) -> ResponseLedger {
        ledger.withLock { $0 = new }
        return new
    }
}
