import Foundation
import SystemPackage
import Testing
import Weir
import WeirStore
import WeirTesting

/// A producer stands still, another incarnation of it is registered and takes over, and the first one goes on: what it sends, and what it had sent before it
/// stood still and arrives only now, is refused. Each number has its effect once.
@Suite("Producers that stand still", .serialized, .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built"))
struct StalledProducerTests {
    @Test("a producer whose epoch is over is refused when it goes on")
    func stalls() throws {
        let stalls = ProofSize.number("STALLS", 25)
        let program = try #require(Program.crashSubject)
        var random = SeededGenerator(seed: ProofSize.seed)
        var (bad, refused) = (0, 0)
        try withTemporaryStore { store in
            let broker = try Broker(store)
            var current = try broker.start(program, after: 0)
            var last: UInt64 = 0
            for _ in 0..<stalls {
                for _ in 0..<Int.random(in: 0...5, using: &random) {
                    last = try broker.answer(current, try message(of: current))
                }
                // Some stand still with a message on its way: it arrives only after they were replaced.
                let late = Bool.random(using: &random) ? try message(of: current) : nil
                current.send(SIGSTOP)
                try #require(current.standsStill())
                let zombie = current
                current = try broker.start(program, after: last)
                last = try broker.answer(current, try message(of: current))
                if let late { try broker.answer(zombie, late, isZombie: true) }
                zombie.send(SIGCONT)
                if late == nil { try broker.answer(zombie, try message(of: zombie), isZombie: true) }
                if zombie.line() == "refused \(ExactlyOnceError.Code.producerFenced)" { refused += 1 } else { bad += 1 }
                if zombie.status() != 0 { bad += 1 }
            }
            current.end(SIGKILL)
            let sums = try store.read { try broker.effects(in: $0) }
            #expect(sums == (1...max(1, last)).map { _ in 1 }, "seed \(ProofSize.seed): each number has its effect once")
        }
        ProofSize.report(row: 8, "producers stopped, replaced and continued (\(refused) refused)", done: stalls, bad: bad)
        #expect(bad == 0 && refused == stalls, "seed \(ProofSize.seed)")
    }

    private func message(of producer: Dialogue) throws -> ProducedMessage {
        let words = try #require(producer.line(beginning: "send"), "\(producer.errorText())").split(separator: " ").compactMap {
            UInt64($0)
        }
        try #require(words.count == 4)
        return ProducedMessage(
            batch: ProducerBatch(producer: words[0], epoch: UInt32(words[1]), first: SequenceNumber(wrapping: words[2])), number: words[3])
    }
}

private struct ProducedMessage {
    let batch: ProducerBatch
    let number: UInt64
}

/// What takes the messages: one commit for the check and the effect, then the answer.
private struct Broker {
    private let store: Store
    private let gate: SequenceGate
    private let counts: Table<UInt64, UInt64>
    private let now = Timestamp(milliseconds: 1_767_225_600_000)

    init(_ store: Store) throws {
        self.store = store
        gate = try SequenceGate(store: store, name: "numbers")
        counts = try store.table("counts", key: UInt64.self, value: UInt64.self)
    }

    /// A new incarnation, which sends the numbers after this one.
    func start(_ program: Program, after last: UInt64) throws -> Dialogue {
        let me = try store.write { try gate.register("device", at: now, in: &$0) }
        return try Dialogue(program, ["produce", "\(me.producer)", "\(me.epoch)", "\(last + 1)"])
    }

    @discardableResult
    func answer(_ producer: Dialogue, _ message: ProducedMessage, isZombie: Bool = false) throws -> UInt64 {
        do {
            _ = try store.write { transaction in
                try gate.admit(message.batch, at: now, in: &transaction) { transaction in
                    try transaction.put(try (transaction.get(message.number, in: counts) ?? 0) + 1, for: message.number, in: counts)
                    return .none
                }
            }
            try producer.tell("accepted")
        } catch let error as ExactlyOnceError where isZombie { try producer.tell("\(error.code)") }
        return message.number
    }

    /// How often each number had its effect.
    func effects(in snapshot: borrowing Snapshot) throws -> [UInt64] {
        var all: [UInt64] = []
        try snapshot.scan(counts) { number, count in
            all.append(number == UInt64(all.count) + 1 ? count : 0)
            return .next
        }
        return all
    }
}
