import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Batch streams")
struct BatchStreamTests {
    private typealias Sums = Table<String, UInt64>

    private func add(_ number: UInt64, _ sums: Sums, _ transaction: inout WriteTransaction) throws {
        let sum = try transaction.get("sum", in: sums) ?? 0
        try transaction.put(sum + number, for: "sum", in: sums)
    }

    @Test("a replayed batch changes nothing, one that comes too early is refused, and its turn comes")
    func order() throws {
        try withTemporaryStore { store in
            let sums = try store.table("sums", key: String.self, value: UInt64.self)
            let stream = try BatchStream.open(store, name: "orders", maximumPending: 2)
            let (first, second) = (try stream.begin(), try stream.begin())
            #expect(throws: ExactlyOnceError(.tooManyBatches, "")) { try stream.begin() }
            #expect(throws: ExactlyOnceError(.batchOutOfOrder, "")) { try stream.commit(second) { try add(20, sums, &$0) } }
            #expect(try stream.commit(first) { try add(1, sums, &$0) })
            #expect(try !stream.commit(first) { try add(1, sums, &$0) }, "committed before")
            #expect(try stream.commit(second) { try add(20, sums, &$0) })
            #expect(stream.committed == second.batch)
            #expect(try store.read { try $0.get("sum", in: sums) } == 21)
        }
    }

    @Test("a batch that is replayed with other content has the effects of its last attempt alone")
    func otherContent() throws {
        struct Failure: Error {}
        try withTemporaryStore { store in
            let sums = try store.table("sums", key: String.self, value: UInt64.self)
            let stream = try BatchStream.open(store, name: "orders")
            let first = try stream.begin()
            #expect(throws: Failure.self) {
                try stream.commit(first) {
                    try add(100, sums, &$0)
                    throw Failure()
                }
            }
            stream.rollback(first)
            let again = try stream.begin()
            #expect(again.batch == first.batch && again.attempt == 1)
            #expect(try stream.commit(again) { try add(7, sums, &$0) })
            #expect(try store.read { try $0.get("sum", in: sums) } == 7)
        }
    }

    @Test("a definition that is too long is refused, and a stream whose progress has gone says so")
    func refusals() throws {
        try withTemporaryStore { store in
            let sums = try store.table("sums", key: String.self, value: UInt64.self)
            let stream = try BatchStream.open(store, name: "orders")
            let first = try stream.begin()
            let refusal = #expect(throws: ExactlyOnceError(.tooLarge, "")) {
                try store.write { try stream.define(first, as: [UInt8](repeating: 0, count: 65_537), in: &$0) }
            }
            #expect(refusal?.message == "A definition of 65537 bytes was given; the limit is 65536.")
            let rows = try store.systemTable("weir.batches", key: Pair<String, UInt64>.self, value: BatchRow.self)
            try store.write { _ = try $0.delete(Pair("orders", 0), in: rows) }
            let gone = #expect(throws: StoreError(.corrupt, "")) { try stream.commit(first) { try add(1, sums, &$0) } }
            #expect(gone?.message.contains("The progress of stream orders is missing") == true)
            #expect(try store.read { try $0.get("sum", in: sums) } == nil)
        }
    }

    @Test("a zombie is refused: an attempt that was rolled back, what came behind it, and every older incarnation")
    func zombies() throws {
        try withTemporaryStore { store in
            let sums = try store.table("sums", key: String.self, value: UInt64.self)
            let old = try BatchStream.open(store, name: "orders")
            let (first, second) = (try old.begin(), try old.begin())
            #expect(old.rollback(first) == [first, second])
            for zombie in [first, second] {
                #expect(throws: ExactlyOnceError(.batchFenced, "")) { try old.commit(zombie) { try add(1, sums, &$0) } }
            }
            let live = try old.begin()
            let new = try BatchStream.open(store, name: "orders")
            #expect(throws: ExactlyOnceError(.batchFenced, "")) { try old.commit(live) { try add(1, sums, &$0) } }
            #expect(throws: ExactlyOnceError(.batchFenced, "")) { try store.write { try old.define(live, as: [1], in: &$0) } }
            let mine = try new.begin()
            #expect(mine.batch == live.batch && mine.epoch == live.epoch + 1)
            #expect(try new.commit(mine) { try add(2, sums, &$0) })
            #expect(try store.read { try $0.get("sum", in: sums) } == 2)
        }
    }

    @Test("after a restart a stream goes on behind its last commit, and a batch's definition is still there until then")
    func restart() throws {
        try withTemporaryFolder { folder in
            for run in UInt64(0)..<3 {
                let store = try Store.open(at: folder, configuration: .init(durability: .processCrashOnly))
                defer { store.close() }
                let stream = try BatchStream.open(store, name: "orders")
                #expect(stream.committed.rawValue == run)
                if run > 0 {
                    let left = try stream.begin()
                    #expect(
                        try store.write { try stream.define(left, as: [99], in: &$0) } == [UInt8(run)], "the earlier attempt's definition")
                    #expect(try stream.commit(left) { _ in })
                } else {
                    let done = try stream.begin()
                    #expect(try stream.commit(done) { _ in })
                }
                let begun = try stream.begin()
                #expect(begun.batch.rawValue == stream.committed.rawValue + 1)
                let definition = [UInt8(run) + 1]
                #expect(try store.write { try stream.define(begun, as: definition, in: &$0) } == definition)
            }
        }
    }

    @Test("a commit whose outcome was not heard of is found out by trying again")
    func unheard() throws {
        try withTemporaryStore { store in
            let sums = try store.table("sums", key: String.self, value: UInt64.self)
            let stream = try BatchStream.open(store, name: "orders")
            let first = try stream.begin()
            #expect(try store.write { try stream.commit(first, in: &$0) { try add(5, sums, &$0) } })
            // Nobody has told the stream: it takes the batch back and tries it again.
            stream.rollback(first)
            let again = try stream.begin()
            #expect(again.batch == first.batch)
            #expect(try !stream.commit(again) { try add(5, sums, &$0) })
            #expect(try stream.begin().batch == first.batch.next)
            #expect(try store.read { try $0.get("sum", in: sums) } == 5)
        }
    }

    @Test("in async code batches commit in order, whoever is first")
    func parallel() async throws {
        try await withTemporaryStore { store in
            let sums = try await store.table("sums", key: String.self, value: UInt64.self)
            let stream = try await BatchStream.open(store, name: "orders", maximumPending: 8)
            let attempts = try (0..<8).map { _ in try stream.begin() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for attempt in attempts.reversed() {
                    group.addTask {
                        while true {
                            do {
                                try await stream.commit(attempt) { transaction in
                                    let sum = try transaction.get("sum", in: sums) ?? 0
                                    try transaction.put(sum * 10 + attempt.batch.rawValue, for: "sum", in: sums)
                                }
                                return
                            } catch let error as ExactlyOnceError where error.isRetriable { await Task.yield() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let sum = try await store.read { try $0.get("sum", in: sums) }
            #expect(sum == 12_345_678)
        }
    }
}
