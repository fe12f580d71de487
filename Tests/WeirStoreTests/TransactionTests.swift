import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("Transactions")
struct TransactionTests {
    @Test("what was written is there after the store was closed and opened")
    func survivesReopening() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let first = try Store.open(at: path)
            let counts = try first.table("counts", key: String.self, value: UInt64.self)
            try first.write { transaction in
                try transaction.put(7, for: "weir", in: counts)
                try transaction.advance("orders", partition: 3, to: 42, fingerprint: [1, 2])
            }
            let id = first.transactionID
            let epoch = first.epoch
            first.close()

            let second = try Store.open(at: path)
            defer { second.close() }
            #expect(second.epoch == epoch + 1)
            #expect(second.transactionID == id.next, "the epoch record is a commit")
            let again = try second.table("counts", key: String.self, value: UInt64.self)
            let (known, unknown, offset) = try second.read {
                (try $0.get("weir", in: again), try $0.get("river", in: again), try $0.offset(of: "orders", partition: 3))
            }
            #expect(known == 7)
            #expect(unknown == nil)
            #expect(offset?.next == 42)
            #expect(offset?.fingerprint == [1, 2])
            #expect(offset?.transactionID == id)
        }
    }

    @Test("a throwing write leaves no trace")
    func throwing() throws {
        struct Refused: Error {}
        try withTemporaryStore { store in
            let table = try store.table("t", key: UInt64.self, value: String.self)
            try store.write { try $0.put("kept", for: 1, in: table) }
            let before = store.transactionID
            #expect(throws: Refused.self) {
                try store.write { transaction in
                    try transaction.put("lost", for: 1, in: table)
                    try transaction.put("lost", for: 2, in: table)
                    try transaction.delete(1, in: table)
                    throw Refused()
                }
            }
            #expect(store.transactionID == before)
            let (value, count) = try store.read { (try $0.get(1, in: table), try $0.count(table)) }
            #expect(value == "kept")
            #expect(count == 1)
        }
    }

    @Test("transaction IDs are gapless over writes, failures, reads and empty writes")
    func gapless() throws {
        struct Refused: Error {}
        try withTemporaryStore { store in
            let table = try store.table("t", key: UInt64.self, value: UInt64.self)
            var expected = store.transactionID
            for i in 0..<50 as Range<UInt64> {
                try store.write { try $0.put(i, for: i, in: table) }
                expected = expected.next
                #expect(store.transactionID == expected)
                try? store.write { _ in throw Refused() }
                try store.write { _ in }
                #expect(try store.read { $0.transactionID } == expected)
            }
        }
    }

    @Test("of many callers in one commit, one fails and the others are durable")
    func groupCommit() async throws {
        struct Refused: Error {}
        let folder = FilePath(NSTemporaryDirectory()).appending("weir-group-\(UInt64.random(in: 0 ... .max))")
        let store = try await Store.open(at: folder)
        let table = try await store.table("t", key: UInt64.self, value: UInt64.self)
        let before = store.transactionID
        var failed: [UInt64] = []
        try await withThrowingTaskGroup(of: (UInt64, Bool).self) { group in
            for i in 0..<200 as Range<UInt64> {
                group.addTask {
                    do {
                        try await store.write { transaction in
                            try transaction.put(i, for: i, in: table)
                            if i % 7 == 3 { throw Refused() }
                        }
                        return (i, true)
                    } catch is Refused {
                        return (i, false)
                    }
                }
            }
            for try await (i, succeeded) in group where !succeeded { failed.append(i) }
        }
        #expect(failed.sorted() == (0..<200).filter { $0 % 7 == 3 })
        let (count, commits) = try await store.read { (try $0.count(table), $0.transactionID.rawValue - before.rawValue) }
        #expect(count == 200 - failed.count)
        #expect(commits < 200 - failed.count, "callers shared commits")
        await store.close()
        try await removeStore(folder)
    }

    @Test("a scan sees keys in order, bounded, in both directions")
    func scans() throws {
        try withTemporaryStore { store in
            let table = try store.table("t", key: UInt64.self, value: UInt64.self)
            try store.write { transaction in
                for i in 0..<100 as Range<UInt64> { try transaction.put(i * i, for: i * 3, in: table) }
            }
            try store.read { snapshot in
                var keys: [UInt64] = []
                try snapshot.scan(table, from: 30, upTo: 61) { key, value in
                    #expect(value == (key / 3) * (key / 3))
                    keys.append(key)
                    return .next
                }
                #expect(keys == Array(stride(from: 30, to: 61, by: 3)))
                var back: [UInt64] = []
                try snapshot.scan(table, from: 30, upTo: 61, reverse: true) { key, _ in
                    back.append(key)
                    return .next
                }
                #expect(back == keys.reversed())
                back = []
                try snapshot.scan(table, reverse: true) { key, _ in
                    back.append(key)
                    return back.count == 3 ? .stop : .next
                }
                #expect(back == [297, 294, 291])
            }
        }
    }

    @Test("a table opened with other types is refused")
    func types() throws {
        try withTemporaryStore { store in
            _ = try store.table("t", key: UInt64.self, value: String.self)
            #expect(throws: StoreError(.typeMismatch, "")) { _ = try store.table("t", key: String.self, value: String.self) }
            #expect(throws: StoreError(.invalidArgument, "")) { _ = try store.table("weir.x", key: String.self, value: String.self) }
        }
    }
}

func removeStore(_ path: FilePath) async throws {
    for file in ["data.mdb", "lock.mdb", "weir.identity", "writer.lock"] { _ = path.appending(file).withPlatformString { unlink($0) } }
    _ = path.withPlatformString { rmdir($0) }
}
