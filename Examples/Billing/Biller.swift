import Weir
import WeirStore

/// Bills orders, each once, however often it is delivered: the customer's total, the receipt's number and the fact that this order was
/// handled are one commit.
struct Biller: Sendable {
    private let store: Store
    private let totals: Table<String, UInt64>
    private let handler: ExactlyOnce<TransactionalFunction<Order, Receipt>>

    init(store: Store) async throws {
        let totals = try await store.table("totals", key: String.self, value: UInt64.self)
        let counters = try await store.table("counters", key: String.self, value: UInt64.self)
        self.store = store
        self.totals = totals
        handler = ExactlyOnce(store: store, name: "billing") { (order: Order, transaction: inout WriteTransaction) throws -> Receipt in
            let number = try (transaction.get("receipts", in: counters) ?? 0) + 1
            let total = try (transaction.get(order.customer, in: totals) ?? 0) + order.cents
            try transaction.put(number, for: "receipts", in: counters)
            try transaction.put(total, for: order.customer, in: totals)
            return Receipt(number: number, total: total)
        }
    }

    func bill(_ order: Order) async throws -> Receipt { try await handler(order, id: order.id) }

    /// The sum of what all customers were billed.
    func billed() async throws -> UInt64 {
        let totals = totals
        return try await store.read { snapshot in
            var sum: UInt64 = 0
            try snapshot.scan(totals) { _, total in
                sum += total
                return .next
            }
            return sum
        }
    }
}
