import Foundation
import Synchronization
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("weir: reading")
struct ReadingTests {
    @Test("info says what the store holds, in numbers")
    func info() throws {
        try withFixture { (store: FilePath) throws in
            let result = try BuiltCommand.run("info", store, "--format", "json")
            #expect(result.status == 0 && result.errors == "")
            let object = try #require(try result.objects().first)
            #expect(result.lines.count == 1)
            #expect(object["epoch"] as? Int == 1)
            #expect(object["tables"] as? Int == 4)
            #expect(object["records"] as? Int == 2009)
            let id = try #require(object["transactionID"] as? Int)
            let fileBytes = try #require(object["fileBytes"] as? Int)
            #expect(id > 5 && fileBytes % 4096 == 0)
            #expect(object["writer"] is NSNull)
            #expect(try BuiltCommand.run("info", store).output.contains("transaction ID: "))
        }
    }

    @Test("tables are listed with their types, and the system's on request")
    func tables() throws {
        try withFixture { (store: FilePath) throws in
            let objects = try BuiltCommand.run("table list", store, "--format", "json").objects()
            #expect(objects.map { $0["table"] as? String } == ["counts", "large", "pairs", "raw"])
            #expect(objects.map { $0["key"] as? String } == ["string", "u64", "pair(string,u32)", "bytes"])
            #expect(objects.map { $0["records"] as? Int } == [4, 2000, 3, 2])
            let all = try BuiltCommand.run("table list", store, "--all", "--format", "json").objects()
            #expect(all.contains { $0["table"] as? String == "weir.catalog" })
            let text = try BuiltCommand.run("table list", store).lines
            #expect(text.count == 5 && text[0].hasPrefix("table "))
        }
    }

    @Test("a store is verified before it is read, also beside a process that writes to it all the time")
    func verified() throws {
        try withFixture { (path: FilePath) throws in
            #expect(try BuiltCommand.run("table count large --verified", path).output == "2000\n")
            let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            defer { store.close() }
            let table = try store.table("counts", key: String.self, value: UInt64.self)
            let isDone = Mutex(false)
            let thread = Thread {
                var number: UInt64 = 0
                while !isDone.withLock({ $0 }) {
                    number += 1
                    let now = number
                    try? store.write { transaction in try transaction.put(now, for: "weir", in: table) }
                }
            }
            thread.start()
            defer { isDone.withLock { $0 = true } }
            for _ in 0..<3 {
                let result = try BuiltCommand.run("table count large --verified", path)
                #expect(result.status == 0 && result.output == "2000\n", "\(result.errors)")
            }
        }
    }

    @Test("a value is found by its key, whatever the key's type")
    func get() throws {
        try withFixture { (store: FilePath) throws in
            #expect(try BuiltCommand.run("table get counts weir", store).output == "4\n")
            #expect(try BuiltCommand.run("table get pairs orders 2", store).output == "-2\n")
            #expect(try BuiltCommand.run("table get raw text", store).output == "plain\n")
            #expect(try BuiltCommand.run("table get raw 0x0700", store).output == "0x00ff1b\n")
            #expect(try BuiltCommand.run("table get large 1999", store).output == String(repeating: "x", count: 100) + "\n")
            let object = try #require(try BuiltCommand.run("table get pairs orders 2", store, "--format", "json").objects().first)
            #expect(object["key"] as? [AnyHashable] == ["orders", 2] as [AnyHashable])
            #expect(object["value"] as? Int == -2)
            let bytes = try #require(try BuiltCommand.run("table get raw 0x0700", store, "--format", "json").objects().first)
            #expect(bytes["value"] as? [String: String] == ["hex": "00ff1b"])
        }
    }

    private func keys(_ store: FilePath, _ more: String...) throws -> [String] {
        try BuiltCommand.run(["table", "scan", "counts", "--store", store.string] + more).lines
            .map { String($0.split(separator: "\t")[0]) }
    }

    @Test("a scan keeps to its bounds, in either direction")
    func scan() throws {
        try withFixture { (store: FilePath) throws in
            #expect(try keys(store) == ["river", "salmon", "wall", "weir"])
            #expect(try keys(store, "--reverse") == ["weir", "wall", "salmon", "river"])
            #expect(try keys(store, "--prefix", "w") == ["wall", "weir"])
            #expect(try keys(store, "--prefix", "w", "--reverse") == ["weir", "wall"])
            #expect(try keys(store, "--from", "salmon", "--up-to", "weir") == ["salmon", "wall"])
            #expect(try keys(store, "--from", "salmon", "--up-to", "weir", "--reverse") == ["wall", "salmon"])
            #expect(try keys(store, "--limit", "1") == ["river"])
            #expect(try keys(store, "--limit", "0") == [])
            #expect(try keys(store, "--prefix", "z") == [])
            #expect(try BuiltCommand.run("table scan pairs --from orders,1", store).output == "orders 1\t-1\norders 2\t-2\n")
            #expect(try BuiltCommand.run("table count large", store).output == "2000\n")
        }
    }

    @Test("offsets and dead letters are listed")
    func system() throws {
        try withFixture { (store: FilePath) throws in
            let offsets = try BuiltCommand.run("offsets", store, "--format", "json").objects()
            #expect(offsets.map { $0["source"] as? String } == ["clicks", "orders", "orders"])
            #expect(offsets.map { $0["next"] as? Int } == [1, 42, 7])
            #expect(try BuiltCommand.run("offsets clicks", store).lines.count == 2)
            #expect(try BuiltCommand.run("offsets unknown", store).status == 66)
            let letters = try BuiltCommand.run("deadletters list", store, "--format", "json").objects()
            #expect(letters.map { $0["number"] as? Int } == [1, 2, 3])
            #expect(letters.first?["reason"] as? String == "no\tsuch word")
            let line = try BuiltCommand.run("deadletters list words", store).lines.first
            #expect(line == "words\t1\t2025-11-24T21:56:18.123Z\tlines\t0\t0\tsplit\t3\tno\tno\\tsuch word")
            #expect(try BuiltCommand.run("producers", store).status == 0)
        }
    }

    @Test("a reader that goes away ends a scan quietly")
    func brokenPipe() throws {
        try withFixture { (store: FilePath) throws in
            let result = try BuiltCommand.shell(#""$WEIR" table scan large --store "$STORE" | head -n 1"#, store)
            #expect(result.status == 0)
            #expect(result.lines.count == 1)
            #expect(result.errors == "")
        }
    }

    @Test("reading changes nothing, and works beside the process that writes")
    func besideTheWriter() throws {
        try withTemporaryFolder { (folder: FilePath) throws in
            let path = folder.appending("store")
            let writer = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            defer { writer.close() }
            try fill(writer)
            let before = try dataFiles(path)
            for words in [
                "info", "table list", "table get counts weir", "table scan large", "table count raw", "offsets", "deadletters list",
                "verify",
            ] {
                let result = try BuiltCommand.run(words, path)
                #expect(result.status == 0, "\(words): \(result.errors)")
                #expect(result.errors == "")
            }
            #expect(try dataFiles(path) == before)
            let object = try #require(try BuiltCommand.run("info", path, "--format", "json").objects().first)
            #expect(object["writer"] as? Int == Int(ProcessInfo.processInfo.processIdentifier))
            let counts = try writer.table("counts", key: String.self, value: UInt64.self)
            try writer.write { try $0.put(99, for: "weir", in: counts) }
            #expect(try BuiltCommand.run("table get counts weir", path).output == "99\n")
        }
    }
}
