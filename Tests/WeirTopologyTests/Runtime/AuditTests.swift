import Synchronization
import Testing
import Weir
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("A topology's messages are accounted for")
struct AuditTests {
    static let spout = SentenceSpout(partitions: 4, count: 500, chunk: 50)

    @Test("exactly-once, with rollbacks and a dead letter", arguments: [FaultPoint.Place.commit, .submission])
    func exactlyOnce(_ place: FaultPoint.Place) async throws {
        try await withTemporaryStore { store in
            let bad = SentenceSpout.sentence(2, 77)
            let left = Countdown(4)
            var configuration = TopologyConfiguration.quiet
            configuration.faults = { $0.place == place && $0.batch % 2 == 0 && left.fire() }
            configuration.maximumAttempts = 10
            let split = SplitBolt(fails: { if $0 == bad { throw TestFailure() } })
            let guarantee = Guarantee.exactlyOnce(commitEvery: .milliseconds(1))
            _ = try await wordCount(Self.spout, split: split).run(on: store, guarantee: guarantee, configuration: configuration)
            var audit = try await audit(store)
            #expect(audit.findings == [])
            var flow = try #require(audit.flows.first)
            #expect(flow.kind == "topology" && flow.name == "words.lines")
            #expect(flow.received == 2_000 && flow.committed == 1_999 && flow.deadLettered == 1 && flow.inFlight == 0)

            // Its cause is gone: the tuple comes in again, from the dead letters.
            let letters = try await DeadLetters(store: store, topology: "words")
            try await store.write { _ = try letters.retry(1, in: &$0) }
            _ = try await wordCount(Self.spout).run(on: store, guarantee: guarantee, configuration: .quiet)
            audit = try await self.audit(store)
            #expect(audit.findings == [])
            flow = try #require(audit.flows.first)
            #expect(flow.received == 2_001 && flow.committed == 2_000 && flow.deadLettered == 1)
        }
    }

    @Test("at-least-once, with tuples that fail and are replayed")
    func atLeastOnce() async throws {
        try await withTemporaryStore { store in
            let left = Countdown(5)
            let seen = Atomic<Int>(0)
            let split = SplitBolt(fails: { _ in
                if seen.wrappingAdd(1, ordering: .relaxed).newValue % 97 == 0, left.fire() { throw TestFailure() }
            })
            let summary = try await wordCount(Self.spout, split: split).run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: .quiet)
            #expect(summary.totals.replayed > 0)
            let audit = try await audit(store)
            #expect(audit.findings == [])
            let flow = try #require(audit.flows.first)
            #expect(flow.received == 2_000 && flow.committed == 2_000 && flow.inFlight == 0)
        }
    }

    @Test("at-least-once, with batches in which tuples were settled and nothing was to be committed")
    func nothingToCommit() async throws {
        try await withTemporaryStore { store in
            let batches = Atomic<UInt64>(0)
            var configuration = TopologyConfiguration.quiet
            configuration.faults = { point in
                if point.place == .submission { batches.max(point.batch, ordering: .relaxed) }
                return false
            }
            var topology = TopologyBuilder("numbers")
            topology.spout("numbers", UntilSpout { batches.load(ordering: .relaxed) >= 6 })
            topology.bolt("late") { LateBolt { batches.load(ordering: .relaxed) >= 4 } }.shuffle(from: "numbers")
            let summary = try await topology.run(
                on: store, guarantee: .atLeastOnce(commitEvery: .milliseconds(1)), configuration: configuration)
            let audit = try await audit(store)
            #expect(audit.findings == [])
            let flow = try #require(audit.flows.first)
            #expect(flow.received == summary.totals.emitted && flow.committed == flow.received && flow.inFlight == 0)
        }
    }

    @Test("a store that has dead letters from before there were accounts adds up")
    func lettersBefore() async throws {
        try await withTemporaryStore { store in
            let bad = SentenceSpout.sentence(2, 77)
            let guarantee = Guarantee.exactlyOnce(commitEvery: .milliseconds(1))
            func run(_ bad: String?) async throws {
                let split = SplitBolt(fails: { if $0 == bad { throw TestFailure() } })
                _ = try await wordCount(Self.spout, split: split).run(on: store, guarantee: guarantee, configuration: .quiet)
            }
            try await run(bad)
            let accounts = try await store.systemTable("weir.audit", key: Pair<String, String>.self, value: AuditAccount.self)
            let letters = try await DeadLetters(store: store, topology: "words")
            try await store.write { transaction in
                _ = try transaction.delete(Pair("topology", "words.lines"), in: accounts)
                _ = try letters.retry(1, in: &transaction)
            }
            // It fails again: the first commit that has an account brings a letter of its own.
            try await run(bad)
            let audit = try await audit(store)
            #expect(audit.findings == [])
            let flow = try #require(audit.flows.first)
            #expect(flow.received == 2 && flow.deadLettered == 2)
        }
    }

    /// Numbers, one with each call, until somebody says that it is enough.
    struct UntilSpout: ReplayableSpout {
        let isOver: @Sendable () -> Bool
        private var position: UInt64 = 0

        init(isOver: @escaping @Sendable () -> Bool) { self.isOver = isOver }

        var outputs: [StreamDeclaration] { [.fields("number")] }
        func partitions() -> [UInt32] { [0] }
        mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) { position = offset }
        mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) -> SpoutStatus {
            guard !isOver() else { return .finished }
            output.emit(Int(position), at: position, next: position + 1)
            position += 1
            return .emitted
        }
    }

    /// Settles the first tuple late, and the others at once.
    struct LateBolt: Bolt {
        let isTime: @Sendable () -> Bool
        private var held: HeldTuple?

        init(isTime: @escaping @Sendable () -> Bool) { self.isTime = isTime }

        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            if try tuple["number"].int == 0 { held = output.hold(tuple) }
            if let first = held, isTime() {
                output.ack(first)
                held = nil
            }
        }
    }

    @Test("what was in flight when a run ended is received again by the next")
    func anew() async throws {
        try await withTemporaryStore { store in
            let ledger = try await AuditLedger(store: store, kind: .topology)
            var change = AuditAccount()
            (change.received, change.committed, change.inFlight) = (10, 6, 4)
            try await store.write { [change] in try ledger.book(change, of: "words.lines", in: &$0) }
            (change.received, change.committed, change.inFlight) = (4, 3, 1)
            try await store.write { [change] in try ledger.book(change, of: "words.lines", anew: true, in: &$0) }
            let audit = try await audit(store)
            let flow = try #require(audit.flows.first)
            #expect(audit.findings == [] && flow.received == 10 && flow.committed == 9 && flow.inFlight == 1)
        }
    }

    @Test("a batch in which a row was lost or doubled between tasks is not committed", arguments: [(10, 10), (10, 9), (9, 10)])
    func rows(_ counts: (sent: Int, executed: Int)) async throws {
        try await withTemporaryStore { store in
            let result = try await blocking {
                let journal = try StateJournal.open(store: store, topology: "words")
                let letters = try DeadLetters(store: store, topology: "words")
                var (spout, bolt) = (Contribution(), Contribution())
                spout.offsets = [.init(source: "words.lines", partition: 0, next: 7, fingerprint: [])]
                spout.sent = counts.sent
                bolt.executed = counts.executed
                let commit = BatchCommit(
                    batch: 1, attempt: 0, guarantee: .exactlyOnce, audit: try AuditLedger(store: store, kind: .topology), isFirst: true,
                    parts: [spout, bolt])
                return Result {
                    try store.write { try commit.perform(in: &$0, journal: journal, deadLetters: letters, faults: nil) }
                }
            }
            let next = try await store.read { try $0.offset(of: "words.lines", partition: 0)?.next }
            if counts.sent == counts.executed {
                try result.get()
                #expect(next == 7)
            } else {
                #expect(throws: TopologyError.self) { try result.get() }
                #expect(next == nil)
            }
        }
    }

    private func audit(_ store: Store) async throws -> ConservationAudit { try await blocking { try ConservationAudit(of: store) } }

    private func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try DedicatedThread.start(for: "a test") { continuation.resume(with: Result { try body() }) }
            } catch { continuation.resume(throwing: error) }
        }
    }
}
