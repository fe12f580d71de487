import Synchronization
import Testing
import WeirTesting

@testable import WeirStore

/// Something that threads wait for.
private final class Gate: Sendable {
    private let isOpen = Monitor(false)
    private let entered = Monitor(0)
    func open() { isOpen.withLock(wake: true) { $0 = true } }
    func pass() {
        entered.withLock(wake: true) { $0 += 1 }
        _ = isOpen.wait { $0 ? true : nil }
    }
    func waitForEntries(_ count: Int) { _ = entered.wait(for: .seconds(60)) { $0 >= count ? true : nil } }
}

@Suite("More work than the store takes")
struct LoadTests {
    @Test("writes beyond the limit are refused at once with the number, and those within it are done")
    func writes() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumWaitingWrites: 3)) { store in
            let table = try store.table("t", key: UInt64.self, value: UInt64.self)
            let gate = Gate()
            let outcomes = Monitor<[Result<TransactionID, any Error>]>([])
            func write(_ number: UInt64, _ before: @escaping @Sendable () -> Void = {}) -> StoreWrite {
                StoreWrite { transaction in
                    before()
                    try transaction.put(number, for: number, in: table)
                } completion: { result in
                    outcomes.withLock(wake: true) { $0.append(result) }
                }
            }
            store.submit(write(0) { gate.pass() })
            // Whatever fails below, the store can be closed.
            defer { gate.open() }
            gate.waitForEntries(1)
            for number in 1...3 as ClosedRange<UInt64> { store.submit(write(number)) }
            store.submit(write(4), write(5))
            let refused = outcomes.withLock { $0 }
            try #require(refused.count == 2)
            for result in refused { #expect(throws: StoreError(.overloaded, "")) { try result.get() } }
            if case .failure(let error as StoreError) = refused[0] {
                #expect(error.message.hasPrefix("3 writes are waiting") && error.isRetriable, "\(error)")
            }
            gate.open()
            let all = try #require(outcomes.wait(for: .seconds(60)) { $0.count == 6 ? $0 : nil })
            #expect(all.dropFirst(2).allSatisfy { (try? $0.get()) != nil })
            #expect(try store.read { try $0.count(table) } == 4)
        }
    }

    @Test("work for the reading threads beyond the limit is refused at once with the number; what was taken is done")
    func reads() {
        let queue = WorkQueue(threads: 1, limit: 2)
        let gate = Gate()
        let done = Monitor(0)
        var refusals: [StoreError] = []
        queue.enqueue {
            gate.pass()
        } refused: {
            refusals.append($0)
        }
        gate.waitForEntries(1)
        for _ in 0..<4 {
            queue.enqueue {
                done.withLock(wake: true) { $0 += 1 }
            } refused: {
                refusals.append($0)
            }
        }
        #expect(refusals.map(\.code) == [.overloaded, .overloaded])
        #expect(refusals.first?.message.hasPrefix("2 reads are waiting") == true)
        gate.open()
        #expect(done.wait(for: .seconds(60)) { $0 == 2 ? true : nil } == true)
        queue.stop()
        queue.enqueue {
        } refused: {
            refusals.append($0)
        }
        #expect(refusals.last?.code == .closed)
    }
}
