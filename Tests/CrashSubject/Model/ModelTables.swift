import Weir
import WeirStore

/// The model's tables in an open store, and what a step does to them. Everything of a step is one transaction, with the offset it ends at.
struct ModelTables: Sendable {
    static let source = "steps"
    static let topology = "model"

    /// A step that does not follow on the one before: its predecessor in the burst failed.
    struct OutOfOrder: Error {}
    /// The gate let a message through twice, or none at all.
    struct Doubled: Error {}

    let words: Table<String, UInt64>
    let values: Table<UInt64, [UInt8]>
    /// Step by step: the epoch and the stretch (from one opening or failure to the next) it was committed in; the record has its transaction ID.
    let history: Table<UInt64, Pair<UInt64, UInt64>>
    let messages: Table<Pair<UInt64, UInt64>, UInt64>
    let letters: DeadLetters
    let gate: SequenceGate

    init(_ store: Store) throws {
        words = try store.table("words", key: String.self, value: UInt64.self)
        values = try store.table("values", key: UInt64.self, value: [UInt8].self)
        history = try store.table("history", key: UInt64.self, value: Pair<UInt64, UInt64>.self)
        messages = try store.table("messages", key: Pair<UInt64, UInt64>.self, value: UInt64.self)
        letters = try DeadLetters(store: store, topology: Self.topology)
        gate = try SequenceGate(store: store, name: Self.topology, configuration: .init(numbering: .selfNumbered))
    }

    static func offset<A>(in transaction: borrowing StoreTransaction<A>) throws -> UInt64 {
        try transaction.offset(of: source, partition: 0)?.next ?? 0
    }

    /// Everything but keyed state, which goes through its journal.
    func perform(_ step: Step, epoch: UInt64, stretch: UInt64, movesOffset: Bool = true, in transaction: inout WriteTransaction) throws {
        guard try Self.offset(in: transaction) == step.number - 1 else { throw OutOfOrder() }
        for change in step.changes {
            switch change {
            case .word(let word, let value): try transaction.put(value, for: word, in: words)
            case .removeWord(let word): try transaction.delete(word, in: words)
            case .value(let key, let bytes): try transaction.put(step.bytes(bytes, for: key), for: key, in: values)
            case .removeValue(let key): try transaction.delete(key, in: values)
            case .letter: try put(letterOf: step, in: &transaction)
            case .dropOldestLetter: try dropOldestLetter(in: &transaction)
            case .sequence(let producer): try send(from: producer, step, in: &transaction)
            case .add, .name, .removeName: break
            }
        }
        try transaction.put(Pair(epoch, stretch), for: step.number, in: history)
        if movesOffset { try transaction.advance(Self.source, partition: 0, to: step.number) }
    }

    private func put(letterOf step: Step, in transaction: inout WriteTransaction) throws {
        try letters.put(
            DeadLetter(
                source: Self.source, partition: 0, offset: step.number - 1, next: step.number, component: "model", reason: "drawn",
                attempts: 1, time: Timestamp(milliseconds: 0), row: [0, 0]), in: &transaction)
    }

    private func dropOldestLetter(in transaction: inout WriteTransaction) throws {
        guard try letters.count(in: transaction) > Contents.lettersKept else { return }
        var oldest: UInt64?
        try letters.scan(in: transaction) { number, _ in
            oldest = number
            return .stop
        }
        if let oldest { _ = try letters.drop(oldest, in: &transaction) }
    }

    /// The producer's next message, and then the same one again: its effect must happen once.
    private func send(from producer: UInt64, _ step: Step, in transaction: inout WriteTransaction) throws {
        let next = try gate.state(of: producer, in: transaction)?.next ?? .zero
        let batch = ProducerBatch(producer: producer, epoch: 1, first: next)
        for isDuplicate in [false, true] {
            let outcome = try gate.admit(batch, at: Timestamp(milliseconds: 0), in: &transaction) { transaction in
                try transaction.put(step.number, for: Pair(producer, UInt64(next.rawValue)), in: messages)
                return .offset(step.number)
            }
            guard outcome.isDuplicate == isDuplicate, outcome.answer.offset == step.number else { throw Doubled() }
        }
    }
}
