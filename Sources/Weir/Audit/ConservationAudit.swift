public import WeirStore

/// Shows that nothing was lost or doubled: for every flow of messages in a store, what was received is what was committed, plus duplicates, plus dead letters,
/// plus what is in flight, all as one snapshot has it.
///
/// The counts are kept in the commits that they count, each where it happens, and are compared here with each other and with the tables that they must agree
/// with: the responses that a function remembers, the dead letters of a topology. Flows are the spouts of exactly-once and at-least-once topologies (the
/// latter deliver again what a crash interrupted, and count it as received again), functions called with message IDs, and sequence gates.
///
///     let audit = try ConservationAudit(of: store)
///     print(audit.messages, "messages;", audit.findings.isEmpty ? "none lost, none doubled" : audit.findings.joined(separator: "\n"))
///
/// `weir verify` does so too.
public struct ConservationAudit: Sendable {
    /// What became of one flow's messages.
    public struct Flow: Sendable, Hashable {
        /// `topology`, `function` or `producers`.
        public let kind: String
        /// The topology's source, the function or the gate.
        public let name: String
        /// Messages that came in.
        public let received: UInt64
        /// Messages whose effects are in.
        public let committed: UInt64
        /// Messages whose effects had been in before.
        public let duplicates: UInt64
        /// Messages that were given up, with a dead letter each.
        public let deadLettered: UInt64
        /// Messages that are not settled: only at-least-once topologies commit while there are some.
        public let inFlight: UInt64
        /// What came in and is nowhere: lost if positive, doubled if negative.
        public let imbalance: Int64
    }

    /// The commit that it shows.
    public let transactionID: TransactionID
    /// Every flow, by kind and name.
    public let flows: [Flow]
    /// One line for each thing that does not add up. Empty when nothing was lost or doubled.
    public let findings: [String]

    /// How many messages were received, in all flows together: the evidence.
    public var messages: UInt64 { flows.reduce(0) { $0 &+ $1.received } }

    /// When nothing was lost or doubled in so many messages, the probability of it is at most this with 95 % confidence (the rule of three); nil without
    /// messages, or with findings.
    public var bound: Double? { findings.isEmpty && messages > 0 ? min(1, 3 / Double(messages)) : nil }

    /// Audits the newest commit. O(flows, responses and dead letters). Throws a `StoreError` when the store cannot be read.
    @available(*, noasync)
    public init(of store: Store) throws {
        // Opened before the snapshot, which would not know them otherwise.
        let accounts = try store.existingTable(AuditLedger.table, key: Pair<String, String>.self, value: AuditAccount.self)
        let evidence = try Evidence(store)
        (transactionID, flows, findings) = try store.read { snapshot in
            var flows: [Flow] = []
            var findings: [String] = []
            var letters: [String: UInt64] = [:]
            if let accounts {
                try snapshot.scan(accounts) { key, account in
                    let flow = Flow(kind: key.first, name: key.second, account)
                    flows.append(flow)
                    if let finding = flow.finding { findings.append(finding) }
                    if key.first == AuditLedger.Kind.function.rawValue {
                        findings += try evidence.responses(of: key.second, account, in: snapshot)
                    }
                    if key.first == AuditLedger.Kind.topology.rawValue, let dot = key.second.firstIndex(of: ".") {
                        letters[String(key.second[..<dot]), default: 0] &+= account.deadLettered
                    }
                    return .next
                }
            }
            for (topology, count) in letters.sorted(by: { $0.key < $1.key }) {
                findings += try evidence.deadLetters(of: topology, count, in: snapshot)
            }
            return (snapshot.transactionID, flows, findings)
        }
    }
}

extension ConservationAudit.Flow {
    fileprivate init(kind: String, name: String, _ account: AuditAccount) {
        self.init(
            kind: kind, name: name, received: account.received, committed: account.committed, duplicates: account.duplicates,
            deadLettered: account.deadLettered, inFlight: account.inFlight, imbalance: account.imbalance)
    }

    fileprivate var finding: String? {
        guard imbalance != 0 else { return nil }
        return """
            \(kind) \(name): \(received) messages were received, and \(committed) committed, \(duplicates) duplicates, \(deadLettered) dead letters and \
            \(inFlight) in flight account for \(imbalance.magnitude) \(imbalance > 0 ? "fewer" : "more")
            """
    }
}

/// What the accounts must agree with.
private struct Evidence {
    private let responses: ResponseLedger.Rows?
    private let letters: Table<Pair<String, UInt64>, DeadLetterRow>?

    @available(*, noasync)
    init(_ store: Store) throws {
        responses = try store.existingTable(ResponseLedger.table, key: Pair<String, [UInt8]>.self, value: StoredResponse.self)
        letters = try store.existingTable(DeadLetters.table, key: Pair<String, UInt64>.self, value: DeadLetterRow.self)
    }

    /// Each message that a function handled and has not forgotten has one response.
    func responses(of function: String, _ account: AuditAccount, in snapshot: borrowing Snapshot) throws -> [String] {
        var count: UInt64 = 0
        if let responses { count = try ResponseLedger.kept(of: function, responses, in: snapshot) }
        let expected = account.committed &- account.expired
        guard count != expected else { return [] }
        return [
            "function \(function): \(account.committed) messages are committed and \(account.expired) of them forgotten, but \(count) responses are kept, not \(expected)"
        ]
    }

    /// Each message that a topology gave up took the next letter's number.
    func deadLetters(of topology: String, _ expected: UInt64, in snapshot: borrowing Snapshot) throws -> [String] {
        var last: UInt64 = 0
        if let letters, case .account(let account) = try snapshot.get(Pair(topology, 0), in: letters) { last = account.last }
        guard last != expected else { return [] }
        return ["topology \(topology): \(expected) messages were given up, but \(last) dead letters were written"]
    }
}
