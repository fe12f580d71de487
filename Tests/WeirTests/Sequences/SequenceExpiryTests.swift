import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Producers that are forgotten")
struct SequenceExpiryTests {
    private let start = Timestamp(milliseconds: 1_000_000_000)

    private func listings(_ store: Store) throws -> [ProducerListing] {
        var listings: [ProducerListing] = []
        try ProducerListing.scan(store) {
            listings.append($0)
            return .next
        }
        return listings
    }

    @Test("by count: the longest unused go, and never more are kept than allowed")
    func count() throws {
        try withTemporaryStore { store in
            let policy = ExpiryPolicy(maximumCount: 3, maximumAge: nil, granularity: .milliseconds(1))
            let gate = try SequenceGate(store: store, name: "g", configuration: .init(numbering: .selfNumbered, sequences: policy))
            for index in 0..<20 {
                // Producer 1 is used all the time; the others come once each.
                for producer in [1, UInt64(index) + 2] {
                    let sequence = producer == 1 ? UInt64(index) : 0
                    let batch = ProducerBatch(producer: producer, epoch: 0, first: SequenceNumber(wrapping: sequence))
                    let now = start.advanced(by: .seconds(index * 2 + (producer == 1 ? 0 : 1)))
                    _ = try store.write { try gate.admit(batch, at: now, in: &$0) { _ in .none } }
                }
                let kept = try listings(store).map(\.producer)
                #expect(kept.count <= 3)
                #expect(kept.contains(1) && kept.contains(UInt64(index) + 2))
            }
        }
    }

    @Test("by age: a registered producer goes with its registration, and a message of its is refused, not taken for new")
    func age() throws {
        try withTemporaryStore { store in
            let policy = ExpiryPolicy(maximumCount: 100, maximumAge: .seconds(100), granularity: .seconds(10))
            let gate = try SequenceGate(store: store, name: "g", configuration: .init(sequences: policy, registrations: policy))
            func register(_ name: String, at seconds: Int) throws -> ProducerIdentity {
                try store.write { try gate.register(name, at: start.advanced(by: .seconds(seconds)), in: &$0) }
            }
            func send(_ id: ProducerIdentity, _ sequence: UInt64, at seconds: Int) throws {
                let batch = ProducerBatch(producer: id.producer, epoch: id.epoch, first: SequenceNumber(wrapping: sequence))
                _ = try store.write { try gate.admit(batch, at: start.advanced(by: .seconds(seconds)), in: &$0) { _ in .none } }
            }
            let (idle, busy) = (try register("idle", at: 0), try register("busy", at: 0))
            try send(idle, 0, at: 0)
            for seconds in 0...105 {
                try send(busy, UInt64(seconds), at: seconds)
                #expect(try listings(store).contains { $0.producer == idle.producer && $0.partition == 0 } || seconds >= 100)
            }
            for seconds in 106...130 { try send(busy, UInt64(seconds), at: seconds) }
            #expect(try listings(store).map(\.producer) == [busy.producer, busy.producer], "the index is worked off by those that come")
            #expect(throws: ExactlyOnceError(.producerUnknown, "")) { try send(idle, 1, at: 131) }
            #expect(throws: ExactlyOnceError(.producerUnknown, "")) { try send(idle, 0, at: 131) }
            #expect(try register("idle", at: 131) == ProducerIdentity(producer: 3, epoch: 0), "an ID is never used twice")
        }
    }

    @Test("in idle times by a call, in slices")
    func byCall() throws {
        try withTemporaryStore { store in
            let policy = ExpiryPolicy(maximumCount: 1000, maximumAge: .seconds(10), granularity: .seconds(1))
            let gate = try SequenceGate(store: store, name: "g", configuration: .init(numbering: .selfNumbered, sequences: policy))
            try store.write { transaction in
                for producer in UInt64(0)..<150 {
                    _ = try gate.admit(ProducerBatch(producer: producer, epoch: 0, first: 0), at: start, in: &transaction) { _ in .none }
                }
            }
            var gone: [Int] = []
            for _ in 0..<4 { gone.append(try store.write { try gate.expire(at: start.advanced(by: .seconds(12)), in: &$0) }) }
            #expect(gone == [64, 64, 22, 0])
            #expect(try listings(store).isEmpty)
        }
    }

    @Test("a busy producer costs one write a message: its place in the order of age stays")
    func oneWrite() throws {
        try withTemporaryStore { store in
            let policy = ExpiryPolicy(maximumCount: 10, maximumAge: .seconds(1000), granularity: .seconds(60))
            let gate = try SequenceGate(store: store, name: "g", configuration: .init(numbering: .selfNumbered, sequences: policy))
            let ages = try store.systemTable("weir.producers.age", key: Pair<String, [UInt8]>.self, value: [UInt8].self)
            func changed() throws -> [TransactionID] {
                try store.read { snapshot in
                    var ids: [TransactionID] = []
                    try snapshot.scanRaw(ages.raw, from: nil) { _, _, id in
                        ids.append(id)
                        return .next
                    }
                    return ids
                }
            }
            var moves = 0
            var before: [TransactionID] = []
            for index in 0..<240 {
                let batch = ProducerBatch(producer: 1, epoch: 0, first: SequenceNumber(wrapping: UInt64(index)))
                _ = try store.write { try gate.admit(batch, at: start.advanced(by: .seconds(index)), in: &$0) { _ in .none } }
                let after = try changed()
                if after != before { moves += 1 }
                before = after
            }
            #expect((4...5).contains(moves), "240 s of messages move an entry once a minute: \(moves)")
            #expect(before.count == 2, "one entry and the account")
        }
    }
}
