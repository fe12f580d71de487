import Foundation
import Synchronization
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("weir: top")
struct TopTests {
    @Test("each look is a record, and readers of other processes are seen")
    func looks() throws {
        try withTemporaryFolder { (folder: FilePath) throws in
            let path = folder.appending("store")
            let writer = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            defer { writer.close() }
            try fill(writer)
            let counts = try writer.table("counts", key: String.self, value: UInt64.self)
            let result = try writer.read { _ in
                // The snapshot is two commits old while the command looks.
                try writer.write { try $0.put(98, for: "weir", in: counts) }
                try writer.write { try $0.put(99, for: "weir", in: counts) }
                return try BuiltCommand.run("top", path, "--count", "3", "--interval", "0.05", "--format", "json")
            }
            #expect(result.status == 0, "\(result.errors)")
            let looks = try result.objects()
            #expect(looks.count == 3)
            let own = Int(ProcessInfo.processInfo.processIdentifier)
            for look in looks {
                #expect(look["transactionID"] as? Int == Int(writer.transactionID.rawValue))
                #expect(look["writer"] as? Int == own)
                #expect(look["snapshots"] as? Int == 1)
                let readers = try #require(look["readers"] as? [[String: Any]])
                #expect(readers.first?["process"] as? Int == own)
                #expect(readers.first?["commitsBehind"] as? Int == 2)
            }
            #expect(looks.first?["commitsPerSecond"] is NSNull)
            #expect(looks.last?["commitsPerSecond"] as? Int == 0 || looks.last?["commitsPerSecond"] as? Double == 0)
            #expect((looks.last?["readers"] as? [[String: Any]])?.first?["seconds"] as? Double ?? 0 > 0.05)
        }
    }

    @Test("the rate and the latency of commits are those of the process that writes")
    func rates() throws {
        try withTemporaryFolder { (folder: FilePath) throws in
            let path = folder.appending("store")
            let writer = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            defer { writer.close() }
            let counts = try writer.table("counts", key: UInt64.self, value: UInt64.self)
            let isDone = Mutex(false)
            let thread = Thread {
                var number: UInt64 = 0
                while !isDone.withLock({ $0 }) {
                    number += 1
                    try? writer.write { try $0.put(number, for: number % 100, in: counts) }
                }
            }
            thread.start()
            defer { isDone.withLock { $0 = true } }
            // The writer speaks once a second: two looks a second and a half apart hear it twice.
            let looks = try BuiltCommand.run("top", path, "--count", "3", "--interval", "1.5", "--format", "json").objects()
            let last = try #require(looks.last)
            #expect(looks.count == 3)
            #expect(last["commitsPerSecond"] as? Double ?? 0 > 100)
            #expect(last["writesPerSecond"] as? Double ?? 0 > 100)
            let (middle, high) = (last["commitP50Seconds"] as? Double ?? 0, last["commitP99Seconds"] as? Double ?? 0)
            #expect(middle > 0 && middle <= high && high < 10)
        }
    }

    @Test("text has the same facts, and wrong intervals are refused")
    func text() throws {
        try withFixture { (store: FilePath) throws in
            let result = try BuiltCommand.run("top --count 1", store)
            #expect(result.status == 0 && result.output.contains("snapshots held"))
            #expect(!result.output.contains("\u{1B}"), "no escapes where there is no terminal")
            #expect(try BuiltCommand.run("top --interval 0", store).status == 64)
            #expect(try BuiltCommand.run("top --count 0", store).status == 64)
        }
    }
}
