import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Offsets")
struct OffsetGateTests {
    /// Every batch and every committed offset below 8, against sets of single offsets, in which nothing can be off by one.
    @Test("a batch is new above the committed offset, old below it, and never leaves a hole")
    func exhaustive() {
        for next in UInt64(0)..<8 {
            for lower in UInt64(0)..<8 {
                for upper in lower..<9 {
                    let batch = lower..<upper
                    let consumed = Set(0..<next)
                    let new = Set(batch).subtracting(consumed)
                    let holes = Set(0..<lower).subtracting(consumed)
                    let decision = OffsetGate.decide(batch: batch, next: next)
                    let expected: OffsetDecision =
                        if !holes.isEmpty { .gap(missing: holes.min()!..<holes.max()! + 1) } else if new.isEmpty {
                            .skip
                        } else if new
                            == Set(batch)
                        { .accept } else { .trim(to: new.min()!..<new.max()! + 1) }
                    #expect(decision == expected, "batch \(batch), committed \(next)")
                }
            }
        }
    }

    @Test("a source may begin anywhere, and an empty batch is nothing new")
    func first() {
        #expect(OffsetGate.decide(batch: 7..<9, next: nil) == .accept)
        #expect(OffsetGate.decide(batch: 7..<7, next: nil) == .skip)
        #expect(OffsetGate.decide(batch: UInt64.max - 1..<UInt64.max, next: .max) == .skip)
        #expect(OffsetGate.decide(batch: UInt64.max - 1..<UInt64.max, next: 0) == .gap(missing: 0..<UInt64.max - 1))
    }

    /// Random batches, replayed, overlapping and with gaps: the sum of what took effect must be that of each offset once.
    @Test("every offset has its effect once, however batches overlap", arguments: [1, 2, 3] as [UInt64])
    func effects(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try withTemporaryStore { store in
            let sums = try store.table("sums", key: String.self, value: UInt64.self)
            var seen: UInt64 = 0
            for round in 0..<200 {
                let lower = round == 0 ? 0 : UInt64.random(in: seen - min(seen, 6)...seen + 2, using: &random)
                let batch = lower..<lower + UInt64.random(in: (round == 0 ? 1 : 0)...6, using: &random)
                do {
                    let next = try store.write { transaction in
                        try OffsetGate.admit(batch, of: "numbers", partition: 0, in: &transaction) { new, transaction in
                            let sum = try transaction.get("sum", in: sums) ?? 0
                            try transaction.put(sum + new.reduce(0, +), for: "sum", in: sums)
                        }
                    }
                    #expect(lower <= seen, "\(random)")
                    seen = max(seen, batch.isEmpty ? 0 : batch.upperBound)
                    #expect(next == seen || batch.isEmpty, "\(random)")
                } catch let error as ExactlyOnceError where error.code == .offsetGap {
                    #expect(lower > seen, "\(random)")
                }
                let sum = try store.read { try $0.get("sum", in: sums) }
                #expect(sum == (0..<seen).reduce(0, +), "\(random)")
            }
            #expect(seen > 100)
        }
    }

    @Test("effects that throw leave the offset where it was")
    func rollback() throws {
        struct Refusal: Error {}
        try withTemporaryStore { store in
            #expect(throws: Refusal.self) {
                try store.write { transaction in
                    try OffsetGate.admit(0..<5, of: "s", partition: 1, fingerprint: [1], in: &transaction) { _, _ in throw Refusal() }
                }
            }
            #expect(try store.read { try $0.offset(of: "s", partition: 1) } == nil)
            _ = try store.write { try OffsetGate.admit(0..<5, of: "s", partition: 1, fingerprint: [1], in: &$0) { _, _ in } }
            _ = try store.write { try OffsetGate.admit(3..<9, of: "s", partition: 1, in: &$0) { new, _ in #expect(new == 5..<9) } }
            let offset = try store.read { try $0.offset(of: "s", partition: 1) }
            #expect(offset?.next == 9)
            #expect(offset?.fingerprint == [1], "the fingerprint stays unless another is given")
        }
    }
}
