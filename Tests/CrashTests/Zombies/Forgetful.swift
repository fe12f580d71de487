import Synchronization
import Weir
import WeirStore

/// Something that remembers members for a time after their last use.
protocol Forgetful {
    /// Milliseconds that each of its memories lasts at least.
    var ages: [UInt64] { get }
    /// Whether a use counts from then on; else the first one counts.
    var isRefreshedByUse: Bool { get }
    /// Uses a member: for each memory, whether it was remembered; nil where that cannot be said.
    func use(_ member: Int, at now: Timestamp) throws -> [Bool?]
    /// Lets some of those go whose time is up; returns how many.
    func expire(at now: Timestamp) throws -> Int
    /// How many are remembered.
    func count() throws -> Int
}

private let age = 5 * JumpingClock.day

private func kept(_ factor: Int = 1) -> ExpiryPolicy {
    ExpiryPolicy(maximumCount: 10_000, maximumAge: .milliseconds(Int64(age) * Int64(factor)))
}

private func listed(_ store: Store) throws -> Int {
    var count = 0
    try ProducerListing.scan(store) { _ in
        count += 1
        return .next
    }
    return count
}

/// Producers that number themselves, one message a use.
final class SelfNumberedProducers: Forgetful {
    let ages = [age]
    let isRefreshedByUse = true
    private let store: Store
    private let gate: SequenceGate
    private var producers: [(epoch: UInt32, next: UInt64)]

    init(store: Store, members: Int) throws {
        self.store = store
        gate = try SequenceGate(store: store, name: "self", configuration: .init(numbering: .selfNumbered, sequences: kept()))
        producers = (0..<members).map { _ in (0, 0) }
    }

    func use(_ member: Int, at now: Timestamp) throws -> [Bool?] {
        let (epoch, next) = producers[member]
        let isRemembered = try store.write { transaction in
            let isKnown = try gate.state(of: UInt64(member), in: transaction) != nil
            // What is forgotten begins a new epoch (KIP-360).
            let (epoch, next) = isKnown ? (epoch, next) : (epoch + 1, 0)
            let batch = ProducerBatch(producer: UInt64(member), epoch: epoch, first: SequenceNumber(wrapping: next))
            _ = try gate.admit(batch, at: now, in: &transaction) { _ in .none }
            return isKnown
        }
        producers[member] = isRemembered ? (epoch, next + 1) : (epoch + 1, 1)
        return [isRemembered]
    }

    func expire(at now: Timestamp) throws -> Int { try store.write { try gate.expire(at: now, in: &$0) } }
    func count() throws -> Int { try listed(store) }
}

/// Registered producers: the registration is one memory, the sequence another, with an age of its own.
final class RegisteredProducers: Forgetful {
    let ages: [UInt64]
    let isRefreshedByUse = true
    private let store: Store
    private let gate: SequenceGate
    private var producers: [(identity: ProducerIdentity, next: UInt64)?]

    init(store: Store, members: Int, sequencesKept factor: Int) throws {
        self.store = store
        ages = [age, age * UInt64(factor)]
        gate = try SequenceGate(
            store: store, name: "registered", configuration: .init(sequences: kept(factor), registrations: kept()))
        producers = .init(repeating: nil, count: members)
    }

    func use(_ member: Int, at now: Timestamp) throws -> [Bool?] {
        guard let (identity, next) = producers[member] else {
            try begin(member, at: now)
            return [nil, nil]
        }
        do {
            try send(identity, next, at: now)
            producers[member]?.next += 1
            return [true, true]
        } catch let error as ExactlyOnceError where error.code == .producerUnknown {
            // Of the registration or of the sequence: the name tells, as it leads to the same ID while it is known.
            try begin(member, at: now)
            let isRegistered = producers[member]?.identity.producer == identity.producer
            return [isRegistered, isRegistered ? false : nil]
        }
    }

    private func begin(_ member: Int, at now: Timestamp) throws {
        let identity = try store.write { try gate.register("member \(member)", at: now, in: &$0) }
        try send(identity, 0, at: now)
        producers[member] = (identity, 1)
    }

    private func send(_ identity: ProducerIdentity, _ sequence: UInt64, at now: Timestamp) throws {
        let batch = ProducerBatch(producer: identity.producer, epoch: identity.epoch, first: SequenceNumber(wrapping: sequence))
        _ = try store.write { try gate.admit(batch, at: now, in: &$0) { _ in .none } }
    }

    func expire(at now: Timestamp) throws -> Int { try store.write { try gate.expire(at: now, in: &$0) } }
    func count() throws -> Int { try listed(store) }
}

/// Responses to message IDs, kept from when they were given.
final class Responses: Forgetful {
    /// What the function's clock shows, and how often it has run.
    private final class Facts: Sendable {
        let now = Mutex(Timestamp(milliseconds: 0))
        let runs = Mutex(0)
    }

    let ages = [age]
    let isRefreshedByUse = false
    private let store: Store
    private let facts: Facts
    private let function: ExactlyOnce<TransactionalFunction<UInt64, UInt64>>
    private let rows: Table<Pair<String, [UInt8]>, StoredResponse>
    /// Messages that were added only to let others go.
    private var added = 0

    init(store: Store) throws {
        let facts = Facts()
        self.store = store
        self.facts = facts
        let configuration = ExactlyOnceConfiguration(responses: kept(), clock: WallClock { facts.now.withLock { $0 } })
        function = ExactlyOnce(store: store, name: "function", configuration: configuration) { (input: UInt64, _) throws -> UInt64 in
            facts.runs.withLock { $0 += 1 }
            return input + 1
        }
        rows = try store.systemTable("weir.responses", key: Pair<String, [UInt8]>.self, value: StoredResponse.self)
    }

    func use(_ member: Int, at now: Timestamp) throws -> [Bool?] { [try call(UInt64(member), at: now)] }

    /// Whether the response was remembered.
    private func call(_ id: UInt64, at now: Timestamp) throws -> Bool {
        facts.now.withLock { $0 = now }
        let before = facts.runs.withLock { $0 }
        guard try function(id, id: id) == id + 1 else { throw ExactlyOnceError(.inputConflict, "Another message's response.") }
        return facts.runs.withLock { $0 } == before
    }

    /// Only what is added lets others go.
    func expire(at now: Timestamp) throws -> Int {
        let before = try count()
        added += 1
        _ = try call(UInt64.max - UInt64(added), at: now)
        return before - (try count())
    }

    func count() throws -> Int { try store.read { try $0.count(rows) } - added }
}
