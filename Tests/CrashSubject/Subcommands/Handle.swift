import ArgumentParser
import Synchronization
import SystemPackage
import Weir
import WeirStore
import WeirTesting

/// Handles numbered messages, each delivered several times, in several tasks at once: a function whose effects and answer are one commit.
///
/// Standard input has the messages' numbers. Each delivery that is answered is told: `MESSAGE ANSWER`. The answer is how many messages were handled
/// up to this one, so that no two have the same.
struct Handle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Handles messages with a function that is wrapped in ExactlyOnce.")

    @Option(help: "The store's folder.") var store: String
    @Option(help: "Tasks that handle messages at once.") var tasks = 8
    @Option(help: "How often each message is delivered.") var deliveries = 3
    @Option(help: "One call in so many fails after it has had its effects.") var failures = 20
    @Option(help: "Which calls fail.") var seed: UInt64

    /// What a message adds to the sum.
    static func amount(of message: UInt64) -> UInt64 { message % 97 + 1 }

    private struct Failure: Error {}

    func run() async throws {
        let store = try await Store.open(at: FilePath(store))
        let effects = try await store.table("effects", key: UInt64.self, value: UInt64.self)
        let totals = try await store.table("totals", key: String.self, value: UInt64.self)
        let chance = Chance(oneIn: failures, seed: seed)
        let handler = ExactlyOnce(store: store, name: "handler") {
            (message: UInt64, transaction: inout WriteTransaction) throws -> UInt64 in
            let (count, sum) = (try transaction.get("count", in: totals) ?? 0, try transaction.get("sum", in: totals) ?? 0)
            try transaction.put(count + 1, for: "count", in: totals)
            try transaction.put(sum + Self.amount(of: message), for: "sum", in: totals)
            let times = try transaction.get(message, in: effects) ?? 0
            try transaction.put(times + 1, for: message, in: effects)
            if chance.draw() { throw Failure() }
            return count + 1
        }
        let messages = Messages(deliveries: deliveries)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    while let message = messages.next() {
                        do { say("\(message) \(try await handler(message, id: message))") } catch is Failure { messages.put(back: message) }
                    }
                }
            }
            try await group.waitForAll()
        }
        await store.close()
    }
}

/// The messages that are to be delivered: each several times, one delivery after the other, so that tasks have the same one in hand at once.
private final class Messages: Sendable {
    private let left: Mutex<[UInt64]>

    init(deliveries: Int) {
        var all: [UInt64] = []
        while let line = readLine() {
            if let message = UInt64(line) { all += Array(repeating: message, count: deliveries) }
        }
        all.reverse()
        left = Mutex(all)
    }

    func next() -> UInt64? { left.withLock { $0.popLast() } }

    func put(back message: UInt64) { left.withLock { $0.append(message) } }
}
