import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Sequence gates")
struct SequenceGateTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    @Test("a message takes effect once, however often and in whatever order it is sent", arguments: [1, 2, 3] as [UInt64])
    func once(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try withTemporaryStore { store in
            let gate = try SequenceGate(store: store, name: "g", configuration: .init(numbering: .selfNumbered))
            let effects = try store.table("effects", key: Pair<UInt64, UInt64>.self, value: UInt64.self)
            var sent: [UInt64: UInt64] = [:]
            for round in 0..<400 {
                let producer = UInt64.random(in: 1...3, using: &random)
                let next = sent[producer] ?? 0
                let sequence = UInt64.random(in: next - min(next, 8)...next + 1, using: &random)
                let batch = ProducerBatch(producer: producer, epoch: 0, partition: 2, first: SequenceNumber(wrapping: sequence))
                do {
                    let outcome = try store.write { transaction in
                        try gate.admit(batch, at: start.advanced(by: .seconds(round)), in: &transaction) { transaction in
                            let times = try transaction.get(Pair(producer, sequence), in: effects) ?? 0
                            try transaction.put(times + 1, for: Pair(producer, sequence), in: effects)
                            return .offset(producer * 1000 + sequence)
                        }
                    }
                    #expect(outcome.answer == .offset(producer * 1000 + sequence), "\(random)")
                    #expect(outcome.isDuplicate == (sequence < next), "\(random)")
                    #expect(sequence <= next && next - sequence <= 5, "\(random)")
                    sent[producer] = max(next, sequence + 1)
                } catch let error as ExactlyOnceError {
                    #expect(
                        error.code == (sequence > next ? (next == 0 ? .producerUnknown : .sequenceOutOfOrder) : .sequenceDuplicate),
                        "\(random)")
                }
            }
            try store.read { snapshot in
                for (producer, next) in sent {
                    for sequence in 0..<next {
                        let times = try snapshot.get(Pair(producer, sequence), in: effects)
                        #expect(times == 1, "\(random)")
                    }
                    let state = try gate.state(of: producer, partition: 2, in: snapshot)
                    #expect(state?.next.rawValue == Int32(next))
                }
                let count = try snapshot.count(effects)
                #expect(count == sent.values.reduce(0) { $0 + Int($1) })
            }
        }
    }

    @Test("a duplicate is answered after a restart, and the effect and the sequence are one commit")
    func restart() throws {
        struct Refusal: Error {}
        try withTemporaryFolder { folder in
            for run in 0..<3 {
                let store = try Store.open(at: folder, configuration: .init(durability: .processCrashOnly))
                defer { store.close() }
                let gate = try SequenceGate(store: store, name: "g", configuration: .init(numbering: .selfNumbered))
                let batch = ProducerBatch(producer: 9, epoch: 1, first: 0, count: 10)
                if run == 0 {
                    #expect(throws: Refusal.self) {
                        try store.write { try gate.admit(batch, at: start, in: &$0) { _ in throw Refusal() } }
                    }
                    #expect(try store.read { try gate.state(of: 9, in: $0) } == nil)
                }
                let outcome = try store.write { try gate.admit(batch, at: start, in: &$0) { _ in .bytes([1, 2, UInt8(run)]) } }
                #expect(outcome.answer == .bytes([1, 2, 0]))
                #expect(outcome.isDuplicate == (run > 0))
            }
        }
    }

    @Test("registering again fences the incarnation before, in every partition and at once")
    func fencing() throws {
        try withTemporaryStore { store in
            let gate = try SequenceGate(store: store, name: "g")
            func register(_ name: String, _ continuing: ProducerIdentity? = nil) throws -> ProducerIdentity {
                try store.write { try gate.register(name, continuing: continuing, at: start, in: &$0) }
            }
            func send(_ identity: ProducerIdentity, _ partition: UInt32, _ sequence: UInt64) throws {
                let batch = ProducerBatch(
                    producer: identity.producer, epoch: identity.epoch, partition: partition, first: SequenceNumber(wrapping: sequence))
                _ = try store.write { try gate.admit(batch, at: start, in: &$0) { _ in .none } }
            }
            func refusal(_ body: () throws -> Void) -> ExactlyOnceError.Code? {
                do { try body() } catch { return (error as? ExactlyOnceError)?.code }
                return nil
            }
            let first = try register("sensor")
            #expect(first == ProducerIdentity(producer: 1, epoch: 0))
            #expect(try register("other") == ProducerIdentity(producer: 2, epoch: 0))
            for partition in UInt32(0)..<3 { try send(first, partition, 0) }
            let second = try register("sensor")
            #expect(second == ProducerIdentity(producer: 1, epoch: 1))
            for partition in UInt32(0)..<4 {
                #expect(refusal { try send(first, partition, 1) } == .producerFenced)
                #expect(refusal { try send(first, partition, 0) } == .producerFenced, "even a duplicate is a zombie's")
            }
            #expect(refusal { try send(second, 0, 1) } == .sequenceOutOfOrder, "a new epoch begins at 0")
            try send(second, 0, 0)
            try send(second, 0, 1)
            #expect(refusal { try send(.init(producer: 1, epoch: 2), 0, 2) } == .producerEpochUnknown)
            #expect(refusal { try send(.init(producer: 77, epoch: 0), 0, 0) } == .producerUnknown)
            #expect(refusal { _ = try register("sensor", first) } == .producerFenced)
            let third = try register("sensor", second)
            #expect(try register("sensor", second) == third, "asked again, as the answer got lost")
            try send(third, 0, 0)
            #expect(refusal { _ = try register("") } == .invalidArgument)
            #expect(refusal { _ = try register(String(repeating: "x", count: 201)) } == .invalidArgument)
        }
    }

    @Test(
        "a producer whose epochs are used up gets a new ID, the old one stays fenced, and forgetting the old one leaves the new one its name"
    )
    func rollover() throws {
        try withTemporaryStore { store in
            let policy = ExpiryPolicy(maximumCount: 2, maximumAge: nil, granularity: .seconds(1))
            let gate = try SequenceGate(store: store, name: "g", configuration: .init(registrations: policy))
            var last = ProducerIdentity(producer: 0, epoch: 0)
            for _ in 0..<8 {
                last = try store.write { transaction in
                    for _ in 0..<4095 { _ = try gate.register("sensor", at: start, in: &transaction) }
                    return try gate.register("sensor", at: start, in: &transaction)
                }
            }
            #expect(last == ProducerIdentity(producer: 2, epoch: 0), "32,767 epochs, and then the next ID")
            func register(_ name: String) throws -> ProducerIdentity {
                try store.write { try gate.register(name, at: start.advanced(by: .seconds(5)), in: &$0) }
            }
            for old in [0, 32_766] as [UInt32] {
                let batch = ProducerBatch(producer: 1, epoch: old, first: 0)
                #expect(throws: ExactlyOnceError(.producerFenced, "")) {
                    try store.write { try gate.admit(batch, at: start, in: &$0) { _ in .none } }
                }
            }
            #expect(try register("other").producer == 3, "there are three now: the oldest, ID 1, goes")
            #expect(try register("sensor") == ProducerIdentity(producer: 2, epoch: 1))
        }
    }

    @Test("producers that number themselves fence by their first batch, and cannot be registered")
    func selfNumbered() throws {
        try withTemporaryStore { store in
            let gate = try SequenceGate(store: store, name: "g", configuration: .init(numbering: .selfNumbered))
            for epoch in UInt32(0)..<3 {
                let batch = ProducerBatch(producer: 5, epoch: epoch * 2, first: 0)
                _ = try store.write { try gate.admit(batch, at: start, in: &$0) { _ in .none } }
                guard epoch > 0 else { continue }
                let old = ProducerBatch(producer: 5, epoch: epoch * 2 - 1, first: 1)
                #expect(throws: ExactlyOnceError(.producerFenced, "")) {
                    try store.write { try gate.admit(old, at: start, in: &$0) { _ in .none } }
                }
            }
            #expect(throws: ExactlyOnceError(.invalidArgument, "")) { try store.write { try gate.register("x", at: start, in: &$0) } }
        }
    }

    @Test("an answer over the limit undoes its effect")
    func largeAnswer() throws {
        try withTemporaryStore { store in
            let gate = try SequenceGate(store: store, name: "g", configuration: .init(numbering: .selfNumbered, maximumAnswerBytes: 4))
            let batch = ProducerBatch(producer: 5, epoch: 0, first: 0)
            #expect(throws: ExactlyOnceError(.tooLarge, "")) {
                try store.write { try gate.admit(batch, at: start, in: &$0) { _ in .bytes([1, 2, 3, 4, 5]) } }
            }
            #expect(try store.write { try gate.admit(batch, at: start, in: &$0) { _ in .bytes([1, 2, 3, 4]) } }.isDuplicate == false)
        }
    }

    @Test("gates of other names know nothing of each other, and the listing shows all")
    func listing() throws {
        try withTemporaryStore { store in
            try ProducerListing.scan(store) { _ in fatalIssue() }
            let a = try SequenceGate(store: store, name: "a")
            let b = try SequenceGate(store: store, name: "b", configuration: .init(numbering: .selfNumbered))
            let identity = try store.write { try a.register("sensor", at: start, in: &$0) }
            for gate in [a, b] {
                let batch = ProducerBatch(producer: identity.producer, epoch: 0, partition: 3, first: 0, count: 2)
                #expect(try store.write { try gate.admit(batch, at: start, in: &$0) { _ in .none } }.isDuplicate == false)
            }
            var listings: [ProducerListing] = []
            try ProducerListing.scan(store) {
                listings.append($0)
                return .next
            }
            #expect(listings.map(\.gate) == ["a", "a", "b"])
            #expect(listings.map(\.name) == ["sensor", nil, nil])
            #expect(listings.map(\.partition) == [nil, 3, 3])
            #expect(listings.map { $0.state?.next.rawValue } == [nil, 2, 2])
            #expect(listings.map(\.lastSeen) == [nil, start, start])
            #expect(listings.map(\.isRegistered) == [true, true, false])
            for name in ["", "x\0y", String(repeating: "x", count: 65)] {
                #expect(throws: ExactlyOnceError(.invalidArgument, "")) { try SequenceGate(store: store, name: name) }
            }
        }
    }

    private func fatalIssue() -> ScanStep {
        Issue.record("a store without gates lists no producers")
        return .stop
    }
}
