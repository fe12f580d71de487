import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Conservation audit")
struct ConservationAuditTests {
    struct Failure: Error {}

    /// Three messages, one of them three times, one that fails.
    private func bill(_ store: Store, responses: ExpiryPolicy = ExpiryPolicy(maximumCount: 100, maximumAge: .seconds(60))) throws {
        let handler = ExactlyOnce(store: store, name: "billing", configuration: .init(responses: responses)) {
            (amount: UInt64, _: inout WriteTransaction) throws -> UInt64 in
            if amount == 13 { throw Failure() }
            return amount
        }
        _ = try handler(1, id: "a")
        for _ in 0..<2 { _ = try handler(1, id: "a") }
        #expect(throws: Failure.self) { try handler(13, id: "bad") }
        _ = try handler(2, id: "b")
        _ = try handler(3, id: "c")
    }

    @Test("a function's messages are accounted for: committed, and duplicates with the next commit")
    func function() throws {
        try withTemporaryStore { store in
            #expect(try ConservationAudit(of: store).bound == nil)
            try bill(store)
            let audit = try ConservationAudit(of: store)
            #expect(audit.findings == [])
            let flow = try #require(audit.flows.first)
            #expect(audit.flows.count == 1 && flow.kind == "function" && flow.name == "billing")
            #expect(flow.received == 5 && flow.committed == 3 && flow.duplicates == 2 && flow.imbalance == 0)
            #expect(audit.messages == 5 && audit.bound == 0.6)
        }
    }

    @Test("responses that are forgotten stay accounted for")
    func expiry() throws {
        try withTemporaryStore { store in
            try bill(store, responses: ExpiryPolicy(maximumCount: 1, maximumAge: .seconds(60)))
            let audit = try ConservationAudit(of: store)
            #expect(audit.findings == [] && audit.flows.first?.committed == 3)
        }
    }

    @Test("a response that is lost, or counted twice, is found")
    func lostResponse() throws {
        try withTemporaryStore { store in
            try bill(store)
            let responses = try store.systemTable("weir.responses", key: Pair<String, [UInt8]>.self, value: StoredResponse.self)
            try store.write { transaction in
                let key = Pair("billing", Array("b".utf8))
                let response = try transaction.get(key, in: responses)
                _ = try transaction.delete(key, in: responses)
                return response
            }
            let findings = try ConservationAudit(of: store).findings
            #expect(findings.count == 1 && findings.first?.contains("2 responses are kept, not 3") == true, "\(findings)")
        }
    }

    @Test("a store that has responses from before there were accounts adds up", arguments: [1, 100])
    func before(_ kept: Int) throws {
        try withTemporaryStore { store in
            let responses = ExpiryPolicy(maximumCount: kept, maximumAge: .seconds(60))
            try bill(store, responses: responses)
            let accounts = try store.systemTable("weir.audit", key: Pair<String, String>.self, value: AuditAccount.self)
            try store.write { _ = try $0.delete(Pair("function", "billing"), in: accounts) }
            let handler = ExactlyOnce(store: store, name: "billing", configuration: .init(responses: responses)) {
                (amount: UInt64, _: inout WriteTransaction) throws -> UInt64 in amount
            }
            _ = try handler(4, id: "d")
            _ = try handler(5, id: "e")
            let audit = try ConservationAudit(of: store)
            #expect(audit.findings == [])
            let before = UInt64(min(3, kept))
            #expect(audit.flows.first?.received == before + 2 && audit.flows.first?.committed == before + 2)
        }
    }

    @Test("an account out of balance is a finding that says how much is lost or doubled", arguments: [1, -2] as [Int64])
    func imbalance(_ lost: Int64) throws {
        try withTemporaryStore { store in
            let accounts = try store.systemTable("weir.audit", key: Pair<String, String>.self, value: AuditAccount.self)
            var account = AuditAccount()
            account.received = UInt64(10 + lost)
            account.committed = 7
            account.duplicates = 3
            try store.write { try $0.put(account, for: Pair("topology", "words.lines"), in: accounts) }
            let audit = try ConservationAudit(of: store)
            #expect(audit.flows.first?.imbalance == lost && audit.bound == nil)
            #expect(audit.findings.count == 1 && audit.findings.first?.contains("\(lost.magnitude) \(lost > 0 ? "fewer" : "more")") == true)
        }
    }

    @Test("a message that was given up and left no dead letter is found")
    func lostLetter() throws {
        try withTemporaryStore { store in
            let accounts = try store.systemTable("weir.audit", key: Pair<String, String>.self, value: AuditAccount.self)
            var account = AuditAccount()
            (account.received, account.deadLettered) = (3, 3)
            try store.write { try $0.put(account, for: Pair("topology", "words.lines"), in: accounts) }
            let findings = try ConservationAudit(of: store).findings
            #expect(findings == ["topology words: 3 messages were given up, but 0 dead letters were written"])
        }
    }

    @Test("a gate's messages are accounted for by the batch")
    func gate() throws {
        try withTemporaryStore { store in
            let gate = try SequenceGate(store: store, name: "readings", configuration: .init(numbering: .selfNumbered))
            func send(_ first: SequenceNumber, _ count: UInt32) throws {
                let batch = ProducerBatch(producer: 7, epoch: 0, first: first, count: count)
                _ = try store.write { try gate.admit(batch, at: Timestamp(milliseconds: 1), in: &$0) { _ in .offset(1) } }
            }
            try send(0, 3)
            try send(0, 3)
            #expect(throws: ExactlyOnceError(.sequenceOutOfOrder, "")) { try send(9, 1) }
            try send(3, 2)
            let audit = try ConservationAudit(of: store)
            #expect(audit.findings == [])
            let flow = try #require(audit.flows.first)
            #expect(flow.kind == "producers" && flow.received == 8 && flow.committed == 5 && flow.duplicates == 3)
        }
    }

    @Test("an account's bytes are those that FileFormat says")
    func bytes() throws {
        var account = AuditAccount()
        account.received = 0x0102
        account.expired = 5
        let bytes = account.withStorageBytes { [UInt8]($0) }
        #expect(bytes.count == 49 && bytes[..<3] == [1, 2, 1] && bytes[41] == 5)
        #expect(try bytes.withUnsafeBytes { try AuditAccount(storageBytes: $0) } == account)
        #expect(throws: DecodingFailure.self) { try bytes[..<48].withUnsafeBytes { try AuditAccount(storageBytes: $0) } }
    }
}
