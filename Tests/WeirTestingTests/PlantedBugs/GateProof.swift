import SystemPackage
import Weir
import WeirStore
import WeirTesting

/// The gates against obviously right books: batches of a source that repeat, overlap and go back; producers whose older incarnations still send. Each offset
/// and each sequence has its effect once, and a zombie has none (I4, I5).
struct GateProof {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// Throws what is wrong.
    static func run(seed: UInt64, planting bug: PlantedBug? = nil) throws {
        try withTemporaryFolder(inMemory: true) { folder in
            var configuration = StoreConfiguration(durability: .processCrashOnly)
            #if DEBUG
                configuration.plantedBug = bug
            #endif
            let store = try Store.open(at: folder.appending("store"), configuration: configuration)
            defer { store.close() }
            var random = SeededGenerator(seed: seed)
            try offsets(store, &random)
            try producers(store, &random)
            try requireSound(store.path)
        }
    }

    private static func offsets(_ store: Store, _ random: inout SeededGenerator) throws {
        let effects = try store.table("effects", key: UInt64.self, value: UInt64.self)
        var next: UInt64 = 0
        for _ in 0..<40 {
            let start = UInt64.random(in: (next < 6 ? 0 : next - 6)...next, using: &random)
            let batch = start..<start + UInt64.random(in: 0...8, using: &random)
            try store.write { transaction in
                try OffsetGate.admit(batch, of: "source", partition: 0, in: &transaction) { new, transaction in
                    for offset in new {
                        let times = try transaction.get(offset, in: effects) ?? 0
                        try transaction.put(times + 1, for: offset, in: effects)
                    }
                }
            }
            next = max(next, batch.upperBound)
        }
        try store.read { snapshot in
            for offset in 0..<next {
                let times = try snapshot.get(offset, in: effects) ?? 0
                guard times == 1 else { throw Violation(description: "offset \(offset) had its effect \(times) times") }
            }
        }
    }

    private static func producers(_ store: Store, _ random: inout SeededGenerator) throws {
        let gate = try SequenceGate(store: store, name: "proof", configuration: SequenceGateConfiguration(numbering: .selfNumbered))
        let now = Timestamp(milliseconds: 0)
        var (epoch, next) = (UInt32(1), UInt64(0))
        var effects = 0
        func send(_ epoch: UInt32, _ sequence: UInt64) throws -> SequenceGate.Outcome {
            let batch = ProducerBatch(producer: 1, epoch: epoch, first: SequenceNumber(wrapping: sequence))
            return try store.write { transaction in
                try gate.admit(batch, at: now, in: &transaction) { _ in
                    effects += 1
                    return .offset(UInt64(epoch) * 1000 + sequence)
                }
            }
        }
        for _ in 0..<60 {
            let before = effects
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where next > 0:
                // One of the last five again: the first answer.
                let sequence = next - 1 - UInt64.random(in: 0..<min(5, next), using: &random)
                let outcome = try send(epoch, sequence)
                guard outcome.isDuplicate, outcome.answer == .offset(UInt64(epoch) * 1000 + sequence), effects == before else {
                    throw Violation(description: "sequence \(sequence) of epoch \(epoch) came again and was answered \(outcome)")
                }
            case 1 where epoch > 1:
                // A zombie.
                do {
                    _ = try send(epoch - 1, UInt64.random(in: 0...next, using: &random))
                    throw Violation(description: "epoch \(epoch - 1) was let in after epoch \(epoch)")
                } catch let error as ExactlyOnceError where error.code == .producerFenced { continue }
            case 2 where Bool.random(using: &random):
                (epoch, next) = (epoch + 1, 0)
                fallthrough
            default:
                let outcome = try send(epoch, next)
                guard !outcome.isDuplicate, effects == before + 1 else {
                    throw Violation(description: "sequence \(next) of epoch \(epoch) had \(effects - before) effects")
                }
                next += 1
            }
        }
    }
}
