import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("weir: backup, restore, compact, dead letters")
struct CopyingTests {
    @Test("what a backup holds comes back")
    func backupAndRestore() throws {
        try withFixture { (store: FilePath) throws in
            let folder = store.removingLastComponent()
            let (backup, restored) = (folder.appending("backup"), folder.appending("restored"))
            let made = try BuiltCommand.run("backup \(backup)", store, "--format", "json")
            #expect(made.status == 0, "\(made.errors)")
            #expect(try BuiltCommand.run("verify", backup).status == 0)
            let back = try BuiltCommand.run("restore \(backup)", restored, "--format", "json")
            #expect(back.status == 0, "\(back.errors)")
            #expect(try made.objects().first?["transactionID"] as? Int == back.objects().first?["transactionID"] as? Int)
            for table in ["counts", "pairs", "raw", "large"] {
                #expect(
                    try BuiltCommand.run("table scan \(table)", store).output == BuiltCommand.run("table scan \(table)", restored).output)
            }
            #expect(try BuiltCommand.run("offsets", store).output == BuiltCommand.run("offsets", restored).output)
        }
    }

    @Test("neither overwrites what is there, and a damaged backup makes nothing")
    func refusals() throws {
        try withFixture { (store: FilePath) throws in
            let folder = store.removingLastComponent()
            let backup = folder.appending("backup")
            #expect(try BuiltCommand.run("backup \(backup)", store).status == 0)
            #expect(try BuiltCommand.run("backup \(backup)", store).status == 73)
            #expect(try BuiltCommand.run("restore \(backup)", store).status == 73)
            try change(backup) { $0.replaceSubrange(8192..<12288, with: Data(count: 4096)) }
            let target = folder.appending("target")
            #expect(try BuiltCommand.run("restore \(backup)", target).status == 2)
            #expect(!FileManager.default.fileExists(atPath: target.string))
            #expect(try BuiltCommand.run("restore \(folder.appending("absent"))", target).status == 66)
        }
    }

    @Test("compacting keeps every record and makes the file smaller")
    func compact() throws {
        try withFixture { (path: FilePath) throws in
            let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            let large = try store.table("large", key: UInt64.self, value: String.self)
            try store.write { transaction in
                for number in 100..<2000 as Range<UInt64> { try transaction.delete(number, in: large) }
            }
            store.close()
            let before = try BuiltCommand.run("table scan large", path).output
            let result = try BuiltCommand.run("compact", path, "--format", "json")
            #expect(result.status == 0, "\(result.errors)")
            let sizes = try #require(try result.objects().first)
            let (bytes, after) = (try #require(sizes["bytesBefore"] as? Int), try #require(sizes["bytesAfter"] as? Int))
            #expect(after < bytes / 2)
            #expect(try BuiltCommand.run("table scan large", path).output == before)
            #expect(try BuiltCommand.run("verify", path).status == 0)
        }
    }

    private func numbers(_ store: FilePath) throws -> [Int?] {
        try BuiltCommand.run("deadletters list", store, "--format", "json").objects().map { $0["number"] as? Int }
    }

    @Test("dead letters are marked for a retry, and stay until it has succeeded")
    func retry() throws {
        try withFixture { (store: FilePath) throws in
            let marked = try BuiltCommand.run("deadletters retry words 2", store, "--format", "json")
            #expect(try marked.objects().first?["waiting"] as? Int == 1, "\(marked.errors)")
            let states = try BuiltCommand.run("deadletters list", store, "--format", "json").objects().map { $0["retry"] as? String }
            #expect(states == ["no", "waiting", "no"])
            #expect(try BuiltCommand.run("deadletters retry words 9", store).status == 1)
        }
    }

    @Test("dead letters are dropped by number, and all together")
    func drop() throws {
        try withFixture { (store: FilePath) throws in
            let dropped = try BuiltCommand.run("deadletters drop words 2", store, "--format", "json")
            #expect(try dropped.objects().first?["dropped"] as? Int == 1, "\(dropped.errors)")
            #expect(try numbers(store) == [1, 3])
            #expect(try BuiltCommand.run("deadletters drop words 2", store).status == 1)
            #expect(try BuiltCommand.run("deadletters drop words", store).status == 64)
            #expect(try BuiltCommand.run("deadletters drop words --all", store).status == 0)
            #expect(try numbers(store) == [])
            #expect(try BuiltCommand.run("verify", store).status == 0)
        }
    }
}
