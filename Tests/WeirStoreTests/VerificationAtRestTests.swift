import Foundation
import Synchronization
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("Verifying, whatever the file holds")
struct VerificationAtRestTests {
    @Test("random damage to a store at rest never reaches LMDB, and never ends the process", arguments: [51, 52] as [UInt64])
    func damage(seed: UInt64) throws {
        try withTemporaryFolder { folder in
            let (path, copy) = (folder.appending("store"), folder.appending("copy"))
            let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            let table = try store.table("t", key: UInt64.self, value: String.self)
            try store.write { transaction in
                for number in 0..<500 as Range<UInt64> { try transaction.put(String(repeating: "x", count: 100), for: number, in: table) }
            }
            try store.backup(to: copy)
            store.close()
            let file = URL(fileURLWithPath: copy.appending("data.mdb").string)
            let whole = [UInt8](try Data(contentsOf: file))
            var state = seed
            func next(_ limit: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % limit
            }
            var found = 0
            for round in 0..<300 {
                var bytes = whole
                let page = next(whole.count / 4096) * 4096
                switch round % 3 {
                case 0: bytes[page + next(64)] ^= UInt8(1 + next(255))
                case 1: for _ in 0...next(8) { bytes[next(bytes.count)] ^= UInt8(1 << next(8)) }
                default: bytes.replaceSubrange(page..<page + 4096, with: repeatElement(0, count: 4096))
                }
                let handle = try FileHandle(forWritingTo: file)
                try handle.write(contentsOf: bytes)
                try handle.close()
                if try !Store.verify(at: copy).isSound { found += 1 }
            }
            #expect(found > 200, "seed \(seed): only \(found) of 300 were found")
            try Data(whole).write(to: file)
        }
    }

    @Test("a page of an older time is refused on opening with verification, and ends a scan of the whole table with an error")
    func stalePage() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let first = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            let table = try first.table("t", key: String.self, value: UInt64.self)
            try first.write { transaction in try transaction.put(1, for: "key", in: table) }
            let before = try readFile(path.appending("data.mdb"))
            try first.write { transaction in try transaction.put(2, for: "key", in: table) }
            first.close()
            var bytes = try readFile(path.appending("data.mdb"))
            // Its only leaf: the older one's contents go where the newer one lies, under that one's number. The node ends with the value and a byte of padding.
            func leaves(_ file: [UInt8], _ value: UInt8) -> [Int] {
                (2..<file.count / 4096).map { $0 * 4096 }.filter { page in
                    file[page + 4094] == value && file[page + 4072..<page + 4075].elementsEqual("key".utf8)
                }
            }
            let (old, new) = (try #require(leaves(before, 1).first), try #require(leaves(bytes, 2).first))
            bytes.replaceSubrange(new + 8..<new + 4096, with: before[old + 8..<old + 4096])
            try replaceFile(path.appending("data.mdb"), with: bytes)

            for access in [StoreConfiguration.Access.readOnly, .readWrite] {
                let error = #expect(throws: StoreError.self) {
                    _ = try Store.open(at: path, configuration: StoreConfiguration(access: access, verifiesOnOpen: true))
                }
                #expect(error?.code == .corrupt && error?.message.contains("older time") == true, "\(String(describing: error))")
            }
            let store = try Store.open(at: path, configuration: StoreConfiguration(access: .readOnly))
            defer { store.close() }
            let damaged = try #require(try store.existingTable("t", key: String.self, value: UInt64.self))
            #expect(try store.read { try $0.get("key", in: damaged) } == 1, "a single record cannot tell its age: the guarantees say so")
            for reverse in [false, true] {
                let error = #expect(throws: StoreError.self) {
                    try store.read { try $0.scan(damaged, reverse: reverse) { _, _ in .next } }
                }
                #expect(error?.code == .corrupt)
            }
            #expect(throws: Never.self) { try store.read { try $0.scan(damaged) { _, _ in .stop } } }
        }
    }

    @Test("a meta page with an impossible transaction is damage, not a trap, whatever is then asked of the store")
    func impossibleTransaction() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            _ = try store.table("t", key: UInt64.self, value: UInt64.self)
            store.close()
            let whole = try readFile(path.appending("data.mdb"))
            for slot in 0...1 {
                var bytes = whole
                // The upper half of the transaction's number: LMDB takes the page for the newest.
                for index in 0..<4 { bytes[slot * 4096 + 148 + index] = 0xFF }
                try replaceFile(path.appending("data.mdb"), with: bytes)
                #expect(try !Store.verify(at: path).isSound)
                let damaged = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
                _ = try? damaged.statistics()
                let table = try? damaged.table("u", key: UInt64.self, value: UInt64.self)
                _ = try? damaged.write { transaction in
                    if let table { try transaction.put(1, for: 1, in: table) }
                }
                damaged.close()
            }
            try replaceFile(path.appending("data.mdb"), with: whole)
        }
    }

    @Test("a sound store is opened with verification, to read and to write, and again beside its writer")
    func verifiedOpening() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            for round in 0..<3 as Range<UInt64> {
                let store = try Store.open(
                    at: path, configuration: StoreConfiguration(durability: .processCrashOnly, verifiesOnOpen: true))
                let table = try store.table("t", key: UInt64.self, value: UInt64.self)
                try store.write { transaction in
                    for key in 0..<200 as Range<UInt64> { try transaction.put(round, for: key, in: table) }
                }
                store.close()
            }
            let store = try Store.open(at: path, configuration: StoreConfiguration(access: .readOnly, verifiesOnOpen: true))
            defer { store.close() }
            let table = try #require(try store.existingTable("t", key: UInt64.self, value: UInt64.self))
            #expect(try store.read { try $0.get(199, in: table) } == 2)
        }
    }

    @Test("a store that commits all the time is sound in every look")
    func besideAWriter() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            defer { store.close() }
            let table = try store.table("t", key: UInt64.self, value: String.self)
            let isDone = Mutex(false)
            let thread = Thread {
                var number: UInt64 = 0
                while !isDone.withLock({ $0 }) {
                    number += 1
                    try? store.write { transaction in
                        for step in 0..<5 as Range<UInt64> {
                            try transaction.put(String(repeating: "y", count: 200), for: (number &* 7919 &+ step) % 3000, in: table)
                        }
                    }
                }
            }
            thread.start()
            defer { isDone.withLock { $0 = true } }
            for _ in 0..<20 { #expect(try Store.verify(at: path).problems == []) }
        }
    }
}
