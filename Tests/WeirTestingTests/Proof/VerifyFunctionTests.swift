import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Proof of a function", .serialized)
struct VerifyFunctionTests {
    static let byID = (0..<8).map { FunctionMessage(UInt64($0 * 10 + 1), id: "message \($0)") }
    static let bySequence = (0..<8).map {
        FunctionMessage(UInt64($0 * 10 + 1), producer: 7, sequence: SequenceNumber(wrapping: UInt64($0)))
    }

    /// The new total.
    static func billing(_ store: Store) throws -> ExactlyOnce<TransactionalFunction<UInt64, UInt64>> {
        let totals = try store.table("totals", key: String.self, value: UInt64.self)
        return ExactlyOnce(store: store, name: "billing") { (amount: UInt64, transaction: inout WriteTransaction) throws -> UInt64 in
            let total = try transaction.get("all", in: totals) ?? 0
            try transaction.put(total + amount, for: "all", in: totals)
            return total + amount
        }
    }

    @Test("messages with IDs, and messages that their producer numbered, have their effects once", arguments: 0..<2 as Range<UInt64>)
    func once(seed: UInt64) throws {
        #expect(try verifyExactlyOnce(Self.byID, seed: seed, Self.billing).points.count == 24)
        #expect(try verifyExactlyOnce(Self.bySequence, seed: seed, Self.billing).points.count == 24)
    }

    @Test("what would prove nothing is refused: a place that a function does not have, and no messages at all")
    func nothing() throws {
        for text in ["commit 1, submission", "commit 1, after, twice", "commit 9, after", "decision 1"] {
            let point = try #require(CrashPoint(text))
            #expect(throws: DriverError.self, "\(text)") { try verifyExactlyOnce(Self.byID, seed: 1, only: point, Self.billing) }
        }
        #expect(throws: DriverError.self) { try verifyExactlyOnce([], seed: 1, Self.billing) }
    }

    @Test("a function with an effect outside of the store is found")
    func effectOutside() throws {
        // Each run begins at 0; the sum goes on over crashes, as a service elsewhere does.
        let outside = Sum()
        func counting(_ store: Store) throws -> ExactlyOnce<TransactionalFunction<UInt64, UInt64>> {
            if store.epoch == 1 { outside.reset() }
            return ExactlyOnce(store: store, name: "outside") { (amount: UInt64, _: inout WriteTransaction) throws -> UInt64 in
                outside.add(amount)
            }
        }
        #expect(throws: ExactlyOnceViolation.self) { try verifyExactlyOnce(Self.byID, seed: 3, counting) }
    }
}
