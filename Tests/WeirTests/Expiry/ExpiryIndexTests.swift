import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Expiry index")
struct ExpiryIndexTests {
    /// Random use of random members by a clock that jumps, in two scopes; the rows lie in a table beside the index.
    @Test("rows and entries stay one to one, under their limit, and what was used lately is kept", arguments: [1, 2, 3, 4] as [UInt64])
    func oneToOne(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try withTemporaryStore { store in
            let rows = try store.table("rows", key: Pair<String, [UInt8]>.self, value: StoredMark.self)
            let table = try store.systemTable("weir.test.age", key: Pair<String, [UInt8]>.self, value: [UInt8].self)
            func index(_ scope: String, count: Int) -> ExpiryIndex {
                let policy = ExpiryPolicy(maximumCount: count, maximumAge: .milliseconds(50), granularity: .milliseconds(8))
                return ExpiryIndex(table: table, scope: scope, policy: policy)
            }
            var now: UInt64 = 10_000
            for round in 0..<500 {
                // The limit is lowered on the way.
                let index = index(Bool.random(using: &random) ? "a" : "a\0b", count: round < 300 ? 12 : 4)
                now = Int.random(in: 0..<20, using: &random) == 0 ? now - 100 : now + UInt64.random(in: 0...6, using: &random)
                let member = [UInt8(Int.random(in: 0..<20, using: &random))]
                let time = Timestamp(milliseconds: now)
                let isDropped = Int.random(in: 0..<10, using: &random) == 0
                try store.write { transaction in
                    let key = Pair(index.scope, member)
                    let previous = try transaction.get(key, in: rows)
                    if isDropped, let previous {
                        try transaction.delete(key, in: rows)
                        try index.remove(previous.mark, in: &transaction)
                        return
                    }
                    let mark = try index.touch(member, previous: previous?.mark, at: time, in: &transaction) { member, transaction in
                        let wasThere = try transaction.delete(Pair(index.scope, member), in: rows)
                        #expect(wasThere, "\(random)")
                    }
                    try transaction.put(StoredMark(mark: mark), for: key, in: rows)
                }
                try store.read { snapshot in
                    var entries: [String: [[UInt8]]] = [:]
                    try snapshot.scan(table) { key, entry in
                        if key.second.first == 1 { entries[key.first, default: []].append(key.second + entry) }
                        return .next
                    }
                    var count = 0
                    try snapshot.scan(rows) { key, row in
                        count += 1
                        let position = withUnsafeBytes(of: row.mark.position.bigEndian) { [UInt8]($0) }
                        let time = withUnsafeBytes(of: row.mark.time.littleEndian) { [UInt8]($0) }
                        #expect(entries[key.first]?.contains([1] + position + time + key.second) == true, "\(random), round \(round)")
                        return .next
                    }
                    #expect(entries.values.reduce(0) { $0 + $1.count } == count, "\(random), round \(round)")
                    let (account, used) = (try index.account(in: snapshot), try snapshot.get(Pair(index.scope, member), in: rows))
                    #expect(Int(account.count) == entries[index.scope]?.count ?? 0, "\(random), round \(round)")
                    #expect(account.count <= 12, "\(random)")
                    #expect(round < 400 || account.count <= 4, "\(random)")
                    #expect(isDropped || used != nil, "\(random)")
                }
            }
        }
    }
}

private struct StoredMark: StorageValue {
    var mark: ExpiryMark

    static var storageName: String { "test.mark" }

    init(mark: ExpiryMark) { self.mark = mark }

    func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try Pair(mark.position, mark.time).withStorageBytes(body)
    }

    init(storageBytes: UnsafeRawBufferPointer) throws {
        let pair = try Pair<UInt64, UInt64>(storageBytes: storageBytes)
        mark = ExpiryMark(position: pair.first, time: pair.second)
    }
}
