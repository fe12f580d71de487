import Foundation
import SystemPackage
import Testing
import WeirTesting

@testable import WeirStore

/// One test for each thing that bites in LMDB 0.9.24.
@Suite("LMDB's hazards")
struct HazardTests {
    @Test("the same folder opened twice in a process is the same store, whatever path leads to it")
    func registry() throws {
        try withTemporaryFolder { folder in
            let first = try Store.open(at: folder.appending("store"))
            let second = try Store.open(at: folder.appending("../\(folder.lastComponent?.string ?? "")/store"))
            #expect(first === second)
            first.close()
            #expect(throws: StoreError(.closed, "")) { try second.write { _ in } }
            let third = try Store.open(at: folder.appending("store"))
            #expect(third !== first)
            third.close()
        }
    }

    @Test("a data file that is empty, cut off or gone is refused, not taken for a new store")
    func lostFile() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let store = try Store.open(at: path)
            let table = try store.table("t", key: UInt64.self, value: UInt64.self)
            try store.write { transaction in for i in 0..<5000 as Range<UInt64> { try transaction.put(i, for: i, in: table) } }
            store.close()
            let file = path.appending("data.mdb")
            let original = try readFile(file)
            for length in [0, 1, 4095, 8192, original.count / 2, original.count - 4096] {
                try replaceFile(file, with: Array(original.prefix(length)))
                #expect(throws: StoreError(.corrupt, ""), "cut to \(length) of \(original.count)") { _ = try Store.open(at: path) }
                #expect(try readFile(file).count == length, "a refused file is left as it is")
            }
            try FileManager.default.removeItem(atPath: file.string)
            #expect(throws: StoreError(.corrupt, "")) { _ = try Store.open(at: path) }
            #expect(!FileManager.default.fileExists(atPath: file.string))
            try replaceFile(file, with: original)
            let again = try Store.open(at: path)
            again.close()
        }
    }

    @Test("a folder with somebody else's LMDB file is no store, and stays untouched")
    func foreign() throws {
        try withTemporaryFolder { folder in
            try replaceFile(folder.appending("data.mdb"), with: [1, 2, 3])
            #expect(throws: StoreError(.notAStore, "")) { _ = try Store.open(at: folder) }
            #expect(try readFile(folder.appending("data.mdb")) == [1, 2, 3])
        }
    }

    @Test("a store of another format is refused by its number")
    func format() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            try Store.open(at: path).close()
            try replaceFile(path.appending("weir.identity"), with: Array("weir store\nformat 2\nidentity 00\nstate complete\n".utf8))
            #expect(throws: StoreError(.formatVersion, "")) { _ = try Store.open(at: path) }
        }
    }

    @Test("a process that died while it made the store leaves no trap behind")
    func halfMade() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            try FileManager.default.createDirectory(
                atPath: path.string, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            let marker = IdentityMarker.new()
            try marker.write(StoreFolder(path: path))
            try replaceFile(path.appending("data.mdb"), with: [])
            let store = try Store.open(at: path)
            #expect(store.identity == marker.identity)
            store.close()
            #expect(try Store.verify(at: path).problems == [])
        }
    }

    @Test("files are of mode 0600 and the folder 0700, and descriptors are not inherited")
    func modes() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let store = try Store.open(at: path)
            defer { store.close() }
            for (name, mode) in [("", 0o700), ("data.mdb", 0o600), ("lock.mdb", 0o600), ("weir.identity", 0o600), ("writer.lock", 0o600)] {
                let facts = try SystemFiles.facts(of: name.isEmpty ? path : path.appending(name))
                #expect(facts?.mode == UInt32(mode), "\(name)")
            }
            var seen = 0
            // Other tests of the process have theirs open, too.
            for descriptor in SystemFiles.openDescriptors {
                guard let facts = SystemFiles.facts(of: descriptor) else { continue }
                for name in ["data.mdb", "lock.mdb", "writer.lock"] {
                    guard let file = try SystemFiles.facts(of: path.appending(name)), file.inode == facts.inode, file.device == facts.device
                    else { continue }
                    seen += 1
                    #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0, "\(name) is inherited by programs that are started")
                }
            }
            #expect(seen >= 3)
        }
    }

    @Test("links, and files that others may write, are refused")
    func trust() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            try Store.open(at: path).close()
            try FileManager.default.createSymbolicLink(atPath: folder.appending("link").string, withDestinationPath: path.string)
            #expect(throws: StoreError(.untrusted, "")) { _ = try Store.open(at: folder.appending("link")) }
            chmod(path.string, 0o777)
            #expect(throws: StoreError(.untrusted, "")) { _ = try Store.open(at: path) }
            chmod(path.string, 0o700)
            chmod(path.appending("data.mdb").string, 0o666)
            #expect(throws: StoreError(.untrusted, "")) { _ = try Store.open(at: path) }
            chmod(path.appending("data.mdb").string, 0o600)
            try Store.open(at: path).close()
        }
    }

    @Test("a second writer is told who holds the store, and gets it when that one ends")
    func secondWriter() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            try Store.open(at: path).close()
            let held = try WriterLock(StoreFolder(path: path), wait: .zero)
            let refusal = #expect(throws: StoreError.self) {
                _ = try Store.open(at: path, configuration: .init(writerWait: .milliseconds(30)))
            }
            #expect(refusal?.code == .busy)
            #expect(refusal?.message.contains("\(getpid())") == true)
            #expect(refusal?.isRetriable == true)
            _ = consume held
            try Store.open(at: path).close()
        }
    }

    @Test("keys of 1 to 511 bytes, and no others; values up to the limit")
    func sizes() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumValueBytes: 1000)) { store in
            let table = try store.table("t", key: [UInt8].self, value: [UInt8].self)
            try store.write { transaction in
                try transaction.put([1], for: [UInt8](repeating: 7, count: 511), in: table)
                try transaction.put([UInt8](repeating: 1, count: 1000), for: [1], in: table)
            }
            #expect(throws: StoreError(.keySize, "")) { try store.write { try $0.put([1], for: [], in: table) } }
            #expect(throws: StoreError(.keySize, "")) {
                try store.write { try $0.put([1], for: [UInt8](repeating: 7, count: 512), in: table) }
            }
            #expect(throws: StoreError(.keySize, "")) { _ = try store.read { try $0.get([], in: table) } }
            #expect(throws: StoreError(.valueSize, "")) {
                try store.write { try $0.put([UInt8](repeating: 1, count: 1001), for: [1], in: table) }
            }
            let count = try store.read { try $0.count(table) }
            #expect(count == 2)
        }
    }

    @Test("a transaction beyond its limit is undone, also when the error is swallowed")
    func transactionLimit() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumTransactionOperations: 100)) { store in
            let table = try store.table("t", key: UInt64.self, value: UInt64.self)
            #expect(throws: StoreError(.transactionTooLarge, "")) {
                try store.write { transaction in
                    for i in 0..<101 as Range<UInt64> { try? transaction.put(i, for: i, in: table) }
                }
            }
            let count = try store.read { try $0.count(table) }
            #expect(count == 0)
        }
    }

    @Test("a full store refuses puts, loses nothing, and works again after deletes")
    func full() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumSize: 4 << 20)) { store in
            let table = try store.table("t", key: UInt64.self, value: [UInt8].self)
            var written: UInt64 = 0
            let value = [UInt8](repeating: 5, count: 2000)
            let refusal = #expect(throws: StoreError.self) {
                while true {
                    try store.write { try $0.put(value, for: written, in: table) }
                    written += 1
                }
            }
            #expect(refusal?.code == .full)
            #expect(refusal?.isRetriable == true)
            #expect(written > 900)
            #expect(try store.read { try $0.count(table) } == Int(written))
            for i in 0..<written / 2 { try store.write { try $0.delete(i, in: table) } }
            for i in 0..<written / 8 { try store.write { try $0.put(value, for: 1_000_000 + i, in: table) } }
            #expect(try store.read { try $0.get(1_000_000, in: table) } == value)
        }
    }

    @Test("a caller that fills the store fails alone in its group")
    func fullInGroup() async throws {
        let folder = FilePath(NSTemporaryDirectory() + "weir-" + UUID().uuidString)
        let store = try await Store.open(at: folder, configuration: .init(durability: .processCrashOnly, maximumSize: 8 << 20))
        let table = try await store.table("t", key: UInt64.self, value: [UInt8].self)
        var outcomes: [UInt64: StoreError.Code?] = [:]
        await withTaskGroup(of: (UInt64, StoreError.Code?).self) { group in
            for i in 0..<64 as Range<UInt64> {
                group.addTask {
                    do {
                        try await store.write { transaction in
                            let size = i == 31 ? 14 << 20 : 10
                            try transaction.put([UInt8](repeating: 1, count: size), for: i, in: table)
                        }
                        return (i, nil)
                    } catch { return (i, (error as? StoreError)?.code) }
                }
            }
            for await (i, code) in group { outcomes[i] = code }
        }
        #expect(outcomes[31] == .full)
        #expect(outcomes.filter { $0.value != nil }.count == 1)
        let count = try await store.read { try $0.count(table) }
        #expect(count == 63)
        await store.close()
        try FileManager.default.removeItem(atPath: folder.string)
    }

    @Test("reads beyond the reader slots fail with a typed error, and go on when one ends")
    func readerSlots() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumReaders: 2)) { store in
            let refused: StoreError.Code? = try store.read { _ in
                try store.read { _ in
                    do { return try store.read { _ in nil } } catch let error as StoreError { return error.code }
                }
            }
            #expect(refused == .tooManyReaders)
            #expect(try store.read { $0.transactionID } == store.transactionID)
        }
    }

    @Test("a table created after a snapshot was taken is empty in it")
    func lateTable() throws {
        try withTemporaryStore { store in
            let (value, count) = try store.read { snapshot in
                let late = try store.table("late", key: UInt64.self, value: UInt64.self)
                try store.write { try $0.put(1, for: 1, in: late) }
                var seen = 0
                try snapshot.scan(late) { _, _ in
                    seen += 1
                    return .next
                }
                return (try snapshot.get(1, in: late), try snapshot.count(late) + seen)
            }
            #expect(value == nil)
            #expect(count == 0)
        }
    }

    // Faults are injected into debug builds only.
    #if DEBUG
        @Test("a commit that was done and then reported as failed is found to be done, in a new epoch")
        func doneThenError() throws {
            try withTemporaryStore(configuration: .init()) { store in
                let table = try store.table("t", key: UInt64.self, value: UInt64.self)
                let epoch = store.epoch
                store.engine.faults.plan(.doneThenError)
                try store.write { try $0.put(1, for: 1, in: table) }
                #expect(store.epoch == epoch + 1)
                try store.write { try $0.put(2, for: 2, in: table) }
                #expect(try store.read { try $0.get(1, in: table) } == 1)
                #expect(try store.read { try $0.count(table) } == 2)
            }
        }

        @Test("a table whose creation is done and then reported as failed is that table, and no other takes its place")
        func createdThenError() throws {
            try withTemporaryStore(configuration: .init()) { store in
                store.engine.faults.plan(.doneThenError)
                let first = try store.table("first", key: UInt64.self, value: UInt64.self)
                let second = try store.table("second", key: UInt64.self, value: UInt64.self)
                try store.write { transaction in
                    try transaction.put(1, for: 1, in: first)
                    try transaction.put(2, for: 1, in: second)
                }
                #expect(try store.read { try [$0.get(1, in: first), $0.get(1, in: second)] } == [1, 2])
                #expect(try store.read { try [$0.count(first), $0.count(second)] } == [1, 1])
            }
        }

        @Test("a commit whose meta page was not written is reported as failed, is not there, and the store goes on")
        func metaNotWritten() throws {
            try withTemporaryStore(configuration: .init()) { store in
                let table = try store.table("t", key: UInt64.self, value: UInt64.self)
                store.engine.faults.plan(.metaNotWritten)
                let before = store.transactionID
                #expect(throws: StoreError.self) { try store.write { try $0.put(1, for: 1, in: table) } }
                #expect(store.transactionID == before.next, "only the epoch record came in between")
                try store.write { try $0.put(2, for: 2, in: table) }
                #expect(try store.read { try $0.get(1, in: table) } == nil)
                #expect(try store.read { try $0.get(2, in: table) } == 2)
            }
        }

        @Test(
            "a read that waits for a write which has the store reopened gets an error in place of waiting for itself",
            .timeLimit(.minutes(1)))
        func readWaitsForReopening() throws {
            try withTemporaryStore(configuration: .init(longReadAfter: .milliseconds(20))) { store in
                let table = try store.table("t", key: UInt64.self, value: UInt64.self)
                store.engine.faults.plan(.metaNotWritten)
                try store.read { snapshot in
                    #expect(throws: StoreError(.outcomeUnknown, "")) { try store.write { try $0.put(1, for: 1, in: table) } }
                    #expect(throws: StoreError(.outcomeUnknown, "")) { try store.write { try $0.put(2, for: 2, in: table) } }
                    let count = try snapshot.count(table)
                    #expect(count == 0)
                }
                try store.write { try $0.put(3, for: 3, in: table) }
                #expect(try store.read { try [$0.get(1, in: table), $0.get(2, in: table), $0.get(3, in: table)] } == [nil, nil, 3])
            }
        }

        @Test("a store that cannot be reopened says that the outcome is unknown, to reads too, and comes back by itself")
        func unopenable() throws {
            try withTemporaryStore(configuration: .init()) { store in
                let table = try store.table("t", key: UInt64.self, value: UInt64.self)
                store.engine.faults.plan(.doneThenUnopenable(times: 2))
                #expect(throws: StoreError(.outcomeUnknown, "")) { try store.write { try $0.put(1, for: 1, in: table) } }
                #expect(throws: StoreError(.outcomeUnknown, "")) { _ = try store.read { try $0.count(table) } }
                #expect(throws: StoreError(.outcomeUnknown, "")) { try store.write { try $0.put(2, for: 2, in: table) } }
                try store.write { try $0.put(3, for: 3, in: table) }
                #expect(try store.read { try $0.get(1, in: table) } == 1)
                #expect(try store.read { try $0.get(2, in: table) } == nil)
                #expect(try store.read { try $0.get(3, in: table) } == 3)
            }
        }
    #endif
}
