import ArgumentParser
import SystemPackage
import WeirStore

@main
struct Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Billing",
        abstract: "Delivers orders several times each, at the same time, and bills each once: also when it is killed and started again.")

    @Option(help: "The folder of the store.")
    var store = "billing-store"

    @Option(help: "How many orders there are.")
    var orders = 1000

    mutating func run() async throws {
        guard orders > 0 else { throw ValidationError("--orders must be 1 or more.") }
        let store = try await Store.open(at: FilePath(self.store))
        let biller = try await Biller(store: store)
        let before = store.transactionID

        // The network's doing: each order comes one to three times, and all of them at once.
        let all = (0..<orders).map { Order(id: "order-\($0)", customer: "customer-\($0 % 97)", cents: UInt64(100 + $0 % 900)) }
        let deliveries = all.enumerated().flatMap { index, order in Array(repeating: order, count: 1 + index % 3) }.shuffled()
        var receipts: [String: Set<Receipt>] = [:]
        try await withThrowingTaskGroup(of: (String, Receipt).self) { group in
            // At most so many at a time: the store refuses more than its limit of waiting writes.
            var waiting = deliveries[...]
            for order in waiting.prefix(256) { group.addTask { (order.id, try await biller.bill(order)) } }
            waiting = waiting.dropFirst(256)
            for try await (id, receipt) in group {
                receipts[id, default: []].insert(receipt)
                guard let order = waiting.popFirst() else { continue }
                group.addTask { (order.id, try await biller.bill(order)) }
            }
        }

        let due = all.reduce(0) { $0 + $1.cents }
        let billed = try await biller.billed()
        print("\(orders) orders were delivered \(deliveries.count) times, in \(store.transactionID.rawValue - before.rawValue) commits.")
        print("Due: \(due). Billed: \(billed). Orders with more than one receipt: \(receipts.values.count { $0.count > 1 }).")
        await store.close()
        guard billed == due, receipts.values.allSatisfy({ $0.count == 1 }) else { throw ExitCode.failure }
    }
}
