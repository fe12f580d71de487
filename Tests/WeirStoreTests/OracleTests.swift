import Foundation
import Synchronization
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("Against an oracle")
struct OracleTests {
    /// What the table held after each commit.
    final class History: Sendable {
        private let versions = Mutex<[UInt64: [UInt64: UInt64]]>([:])
        private let contents = Mutex<[UInt64: UInt64]>([:])
        private let writing: Atomic<Int>

        init(writers: Int) { writing = Atomic(writers) }

        var isWritten: Bool { writing.load(ordering: .sequentiallyConsistent) == 0 }
        func writerIsDone() { writing.subtract(1, ordering: .sequentiallyConsistent) }

        func record(_ id: TransactionID, _ changes: [(UInt64, UInt64?)]) {
            let now = contents.withLock { contents in
                for (key, value) in changes { contents[key] = value }
                return contents
            }
            versions.withLock { $0[id.rawValue] = now }
        }
        func at(_ id: TransactionID) -> [UInt64: UInt64]? { versions.withLock { $0[id.rawValue] } }
    }

    @Test("every snapshot that concurrent readers take is exactly some commit, whole")
    func snapshots() async throws {
        struct Refused: Error {}
        let seed = UInt64.random(in: 0 ... .max)
        let folder = FilePath(NSTemporaryDirectory()).appending("weir-oracle-\(seed)")
        let store = try await Store.open(at: folder, configuration: .init(durability: .processCrashOnly))
        let table = try await store.table("t", key: UInt64.self, value: UInt64.self)
        let history = History(writers: 3)
        history.record(store.transactionID, [])
        try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<3 as Range<UInt64> {
                group.addTask {
                    var random = SeededGenerator(seed: seed &+ writer)
                    for _ in 0..<300 {
                        let changes = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                            (
                                UInt64.random(in: 0..<200, using: &random),
                                Bool.random(using: &random) ? UInt64.random(in: 0...9, using: &random) : nil
                            )
                        }
                        let throwing = Int.random(in: 0..<5, using: &random) == 0
                        do {
                            try await store.write { transaction in
                                for (key, value) in changes {
                                    if let value {
                                        try transaction.put(value, for: key, in: table)
                                    } else {
                                        try transaction.delete(key, in: table)
                                    }
                                }
                                if throwing { throw Refused() }
                                // Writes run one after another: the last of a commit records what the commit holds.
                                history.record(transaction.transactionID, changes)
                            }
                        } catch is Refused {}
                    }
                    history.writerIsDone()
                    return 0
                }
            }
            for _ in 0..<3 {
                group.addTask {
                    var checked = 0
                    while !history.isWritten {
                        let (id, seen) = try await store.read { snapshot in
                            var seen: [UInt64: UInt64] = [:]
                            try snapshot.scan(table) { key, value in
                                seen[key] = value
                                return .next
                            }
                            return (snapshot.transactionID, seen)
                        }
                        #expect(history.at(id) == seen, "seed \(seed), transaction \(id)")
                        checked += 1
                    }
                    return checked
                }
            }
            for try await checked in group { _ = checked }
        }
        await store.close()
        let sound = try verified(folder)
        #expect(sound == [], "seed \(seed)")
        try await removeStore(folder)
    }

    private func verified(_ folder: FilePath) throws -> [String] { try Store.verify(at: folder).problems }
}
