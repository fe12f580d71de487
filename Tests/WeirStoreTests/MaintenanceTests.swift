import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("Backup, verification, compaction")
struct MaintenanceTests {
    private func filled(_ path: FilePath, records: UInt64 = 2000) throws {
        let store = try Store.open(at: path)
        let table = try store.table("numbers", key: UInt64.self, value: String.self)
        try store.write { transaction in
            for i in 0..<records { try transaction.put(String(repeating: "n\(i) ", count: Int(i % 40) + 1), for: i, in: table) }
            try transaction.advance("source", partition: 0, to: records)
        }
        store.close()
    }

    @Test("a sound store verifies, open or closed, and the counts are right")
    func sound() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            try filled(path)
            let closed = try Store.verify(at: path)
            #expect(closed.problems == [])
            #expect(closed.tables.first { $0.name == "numbers" }?.records == 2000)
            let store = try Store.open(at: path)
            defer { store.close() }
            let open = try Store.verify(at: path)
            #expect(open.problems == [])
            #expect(open.transactionID == store.transactionID)
        }
    }

    @Test("a backup taken while writes go on is a whole store, and restores")
    func backup() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            try filled(path)
            let store = try Store.open(at: path)
            let table = try store.table("numbers", key: UInt64.self, value: String.self)
            let id = store.transactionID
            try store.backup(to: folder.appending("backup"))
            try store.write { try $0.put("later", for: 0, in: table) }
            #expect(throws: StoreError(.invalidArgument, "")) { try store.backup(to: folder.appending("backup")) }
            store.close()

            let report = try Store.restore(from: folder.appending("backup"), to: folder.appending("restored"))
            #expect(report.transactionID == id)
            let restored = try Store.open(at: folder.appending("restored"))
            defer { restored.close() }
            #expect(restored.identity == store.identity)
            let again = try restored.table("numbers", key: UInt64.self, value: String.self)
            let (zero, offset) = try restored.read { (try $0.get(0, in: again), try $0.offset(of: "source", partition: 0)) }
            #expect(zero == "n0 ")
            #expect(offset?.next == 2000)
        }
    }

    @Test("compacting keeps every record and gives space back")
    func compaction() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            try filled(path, records: 20_000)
            let store = try Store.open(at: path)
            let table = try store.table("numbers", key: UInt64.self, value: String.self)
            try store.write { transaction in
                for i in 1000..<20_000 as Range<UInt64> { try transaction.delete(i, in: table) }
            }
            store.close()
            let result = try Store.compact(at: path)
            #expect(result.bytesAfter < result.bytesBefore / 4)
            let report = try Store.verify(at: path)
            #expect(report.problems == [])
            #expect(report.tables.first { $0.name == "numbers" }?.records == 1000)
        }
    }

    @Test("a flipped bit is found by the read that meets it or by verify, and never read as something else")
    func flippedBits() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            try filled(path)
            let file = path.appending("data.mdb")
            let original = try readFile(file)
            var generator = SystemRandomNumberGenerator()
            let seed = UInt64.random(in: 0 ... .max, using: &generator)
            var state = seed
            var found = 0
            for _ in 0..<150 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Meta pages are LMDB's own to check; a flip in a free page is no damage.
                let bit = 8192 * 8 + Int(state >> 20) % ((original.count - 8192) * 8)
                var damaged = original
                damaged[bit / 8] ^= 1 << (bit % 8)
                try replaceFile(file, with: damaged)
                let report = try Store.verify(at: path)
                if report.isSound {
                    // Then everything must still be as it was.
                    #expect(report.tables.first { $0.name == "numbers" }?.records == 2000, "seed \(seed), bit \(bit)")
                } else {
                    found += 1
                }
            }
            #expect(found > 50, "seed \(seed): most of the file is in use")
        }
    }

    @Test("a page put back from an older time has valid checksums, and is found by the tally")
    func stalePage() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let first = try Store.open(at: path)
            let table = try first.table("one", key: String.self, value: UInt64.self)
            for i in 0..<20 as Range<UInt64> { try first.write { try $0.put(i, for: "key", in: table) } }
            first.close()
            // Copies of the leaf of table "one" lie in pages that were freed since. Put each in the place of the newest one.
            let file = path.appending("data.mdb")
            let data = try readFile(file)
            let pages = (2..<data.count / 4096).filter { contains(data[$0 * 4096..<($0 + 1) * 4096], Array("key".utf8)) }
            #expect(pages.count > 1)
            var detected = 0
            for from in pages {
                for to in pages where from != to {
                    var swapped = data
                    swapped.replaceSubrange(to * 4096 + 8..<(to + 1) * 4096, with: data[from * 4096 + 8..<(from + 1) * 4096])
                    try replaceFile(file, with: swapped)
                    let report = try Store.verify(at: path)
                    if !report.isSound {
                        detected += 1
                        #expect(report.problems.contains { $0.contains("older time") }, "\(report.problems)")
                    }
                }
            }
            #expect(detected == pages.count - 1, "every replacement of the page in use, and no other, is damage")
        }
    }

    private func contains(_ bytes: ArraySlice<UInt8>, _ part: [UInt8]) -> Bool {
        bytes.indices.dropLast(part.count).contains { bytes[$0..<$0 + part.count].elementsEqual(part) }
    }
}
