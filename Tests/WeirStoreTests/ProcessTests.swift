import Foundation
import Synchronization
import SystemPackage
import Testing
import WeirTesting

@testable import WeirStore

/// What holds between processes: each child below is a process of its own.
@Suite("Several processes")
struct ProcessTests {
    /// Collects a store's events, for a test that waits for one.
    final class Events: Sendable {
        let all = Monitor<[StoreEvent]>([])
        func add(_ event: StoreEvent) { all.withLock(wake: true) { $0.append(event) } }
        func first(_ kind: StoreEvent.Kind) -> StoreEvent? {
            all.wait(for: .seconds(20)) { events in events.first { $0.kind == kind } }
        }
    }

    private func folder() -> String { NSTemporaryDirectory() + "weir-" + UUID().uuidString }

    @Test("a second writer is refused with the first one's process ID, and a reader beside the writer sees every commit")
    func twoProcesses() async throws {
        let path = folder()
        let store = try await Store.open(at: FilePath(path))
        let table = try await store.table("t", key: UInt64.self, value: UInt64.self)
        try await store.write { try $0.put(7, for: 1, in: table) }
        await #expect(processExitsWith: .success) { [path = path as String, pid = getpid() as Int32] in try Child.besideWriter(path, pid) }
        await store.close()
        try FileManager.default.removeItem(atPath: path)
    }

    @Test("a writer that is killed leaves its commits, and the next writer gets the store at once")
    func killedWriter() async throws {
        let path = folder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in try Child.writeAndDie(path) }
        let store = try await Store.open(at: FilePath(path))
        let table = try await store.table("t", key: UInt64.self, value: UInt64.self)
        let (count, last) = try await store.read { (try $0.count(table), try $0.get(99, in: table)) }
        #expect(count == 100, "what was acknowledged is there, and the write that was under way is not")
        #expect(last == 99)
        await store.close()
        #expect(try verified(path) == [])
        try FileManager.default.removeItem(atPath: path)
    }

    @Test("the slot of a reader that was killed is freed while the store runs")
    func deadReader() async throws {
        let path = folder()
        let events = Events()
        let store = try await Store.open(at: FilePath(path), configuration: .init(onEvent: { events.add($0) }))
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in try Child.readAndDie(path) }
        #expect(waited(for: .staleReadersCleared, events) != nil)
        let readers = try await store.statistics().readers.filter { $0.process != getpid() }
        #expect(readers.isEmpty)
        await store.close()
        try FileManager.default.removeItem(atPath: path)
    }

    @Test("a read that is held too long is reported with the place that began it")
    func longRead() throws {
        let events = Events()
        try withTemporaryStore(
            configuration: .init(durability: .processCrashOnly, longReadAfter: .milliseconds(1), onEvent: { events.add($0) })
        ) {
            store in
            let event = try store.read { _ in events.first(.longRead) }
            #expect(event?.message.contains("ProcessTests.swift") == true)
        }
    }

    @Test("a store that another process reads is not compacted, and the refusal says what to do; nothing of it is left")
    func compactingUnderReader() async throws {
        let path = folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Store.open(at: FilePath(path)).close()
        // This process has it open for reading; the child compacts.
        let reader = try await Store.open(at: FilePath(path), configuration: .init(access: .readOnly))
        try await reader.read { _ in }
        await #expect(processExitsWith: .success) { [path = path as String] in try Child.compactBesideReader(path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.contains("compact") } == [])
        await reader.close()
        #expect(try verified(path) == [])
    }

    private func waited(for kind: StoreEvent.Kind, _ events: Events) -> StoreEvent? { events.first(kind) }
    private func verified(_ path: String) throws -> [String] { try Store.verify(at: FilePath(path)).problems }
}

private enum Child {
    static func besideWriter(_ path: String, _ writer: Int32) throws {
        do {
            _ = try Store.open(at: FilePath(path))
            exit(2)
        } catch {
            guard error.code == .busy, error.message.contains("\(writer)") else { exit(3) }
        }
        let store = try Store.open(at: FilePath(path), configuration: .init(access: .readOnly))
        guard let table = try store.existingTable("t", key: UInt64.self, value: UInt64.self) else { exit(4) }
        guard try store.read({ try $0.get(1, in: table) }) == 7 else { exit(5) }
        do {
            try store.write { try $0.put(8, for: 1, in: table) }
            exit(6)
        } catch let error as StoreError { guard error.code == .readOnly else { exit(7) } }
        guard try Store.verify(at: FilePath(path)).isSound else { exit(8) }
        store.close()
        exit(EXIT_SUCCESS)
    }

    static func compactBesideReader(_ path: String) throws {
        do {
            _ = try Store.compact(at: FilePath(path))
            exit(2)
        } catch let error as StoreError {
            guard error.code == .busy else { exit(3) }
            guard error.message.contains("1 reader slots of other processes are in use") else { exit(4) }
        }
        exit(EXIT_SUCCESS)
    }

    static func writeAndDie(_ path: String) throws {
        let store = try Store.open(at: FilePath(path))
        let table = try store.table("t", key: UInt64.self, value: UInt64.self)
        for i in 0..<100 as Range<UInt64> { try store.write { try $0.put(i, for: i, in: table) } }
        try store.write { transaction in
            try transaction.put(100, for: 100, in: table)
            kill(getpid(), SIGKILL)
        }
    }

    static func readAndDie(_ path: String) throws {
        let store = try Store.open(at: FilePath(path), configuration: .init(access: .readOnly))
        try store.read { _ in _ = kill(getpid(), SIGKILL) }
    }
}
