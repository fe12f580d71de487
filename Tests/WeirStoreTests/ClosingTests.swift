import Foundation
import Synchronization
import Testing
import WeirTesting

@testable import WeirStore

@Suite("Closing")
struct ClosingTests {
    @Test("a read that is held while the store closes is waited for, and named where it was begun")
    func heldRead() throws {
        let events = ProcessTests.Events()
        try withTemporaryFolder { folder in
            let store = try Store.open(
                at: folder, configuration: .init(durability: .processCrashOnly, longReadAfter: .seconds(600), onEvent: { events.add($0) }))
            let table = try store.table("t", key: UInt64.self, value: UInt64.self)
            try store.write { try $0.put(7, for: 1, in: table) }
            let closed = Monitor(false)
            let value = try store.read { snapshot in
                let closing = Thread {
                    store.close()
                    closed.withLock(wake: true) { $0 = true }
                }
                closing.start()
                let event = events.first(.longRead)
                #expect(
                    event?.message.hasPrefix("1 reads must end before the environment can be closed; begun at WeirStoreTests/ClosingTests")
                        == true)
                #expect(!closed.withLock { $0 }, "the snapshot is whole until its reader is done")
                return try snapshot.get(1, in: table)
            }
            #expect(value == 7)
            #expect(closed.wait(for: .seconds(20)) { $0 ? true : nil } == true)
            #expect(throws: StoreError(.closed, "")) { try store.read { _ in } }
        }
    }
}
