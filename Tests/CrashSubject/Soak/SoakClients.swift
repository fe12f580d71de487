import Weir
import WeirStore
import WeirTesting

/// Clients of a function and of a sequence gate, each with a total of its own that every message raises by one. They send now and then what they have sent
/// before, and after a restart they go on where their total says that they were: so a message that was lost or counted twice shows in the totals.
struct SoakClients: Sendable {
    static let function = "soak-function"
    static let gate = "soak-gate"
    static let clients: Range<UInt32> = 0..<4

    private let store: Store
    private let totals: Table<String, UInt64>
    private let handler: ExactlyOnce<TransactionalFunction<String, UInt64>>
    private let sequences: SequenceGate

    init(_ store: Store) async throws {
        let totals = try await store.table("soak.totals", key: String.self, value: UInt64.self)
        self.store = store
        self.totals = totals
        let responses = ExpiryPolicy(maximumCount: 2_000, maximumAge: .seconds(86_400))
        handler = ExactlyOnce(store: store, name: Self.function, configuration: .init(responses: responses)) { client, transaction in
            try Self.raise(client, by: 1, in: totals, &transaction)
        }
        sequences = try await SequenceGate(store: store, name: Self.gate, configuration: .init(numbering: .selfNumbered))
    }

    private static func raise(
        _ client: String, by count: UInt64, in totals: Table<String, UInt64>, _ transaction: inout WriteTransaction
    ) throws -> UInt64 {
        let total = (try transaction.get(client, in: totals) ?? 0) + count
        try transaction.put(total, for: client, in: totals)
        return total
    }

    /// Calls the function until the task is cancelled. Each answer must be the number of its message.
    func call(_ number: UInt32, _ random: SeededGenerator) async throws {
        let client = "function \(number)"
        var random = random
        var next = try await store.read { [totals] in try $0.get(client, in: totals) ?? 0 }
        while !Task.isCancelled {
            // One of the last ten, or the next.
            let message = Int.random(in: 0..<4, using: &random) == 0 ? next - min(next, .random(in: 0...9, using: &random)) : next
            let answer = try await handler(client, id: "\(client) \(message)")
            guard answer == message + 1 else { throw Wrong(description: "\(client): message \(message) was answered \(answer)") }
            next = max(next, message + 1)
        }
    }

    /// Sends batches through the gate until the task is cancelled.
    func send(_ number: UInt32, _ random: SeededGenerator) async throws {
        let client = "gate \(number)"
        var random = random
        var next = try await store.read { [totals] in try $0.get(client, in: totals) ?? 0 }
        while !Task.isCancelled {
            let batch = ProducerBatch(
                producer: UInt64(number), epoch: 0, first: SequenceNumber(wrapping: next), count: .random(in: 1...5, using: &random))
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let outcome = try await store.write { [sequences, totals] transaction in
                    try sequences.admit(batch, at: WallClock.system.now(), in: &transaction) {
                        .offset(try Self.raise(client, by: UInt64(batch.count), in: totals, &$0))
                    }
                }
                guard outcome.answer == .offset(next + UInt64(batch.count)) else {
                    throw Wrong(description: "\(client): the batch at \(next) was answered \(outcome.answer)")
                }
            }
            next += UInt64(batch.count)
        }
    }

    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    /// The totals of one snapshot, by kind of client.
    @available(*, noasync)
    static func totals(_ store: Store) throws -> (function: UInt64, gate: UInt64) {
        guard let totals = try store.existingTable("soak.totals", key: String.self, value: UInt64.self) else { return (0, 0) }
        return try store.read { snapshot in
            var sums: (function: UInt64, gate: UInt64) = (0, 0)
            try snapshot.scan(totals) { client, total in
                if client.hasPrefix("function") { sums.function += total } else { sums.gate += total }
                return .next
            }
            return sums
        }
    }
}
