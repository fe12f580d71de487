import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// Readers of other processes that die in the middle of a read, or sit on it: the file stops growing when they are gone, and those that stay are named.
@Suite("Readers of other processes", .serialized, .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built"))
struct ReaderTests {
    private static let readersAtOnce = 4

    @Test("the slots of readers that were killed are free within a second, and the file grows no more")
    func dead() throws {
        let count = ProofSize.number("DEAD_READERS", 12)
        try withCountedStore { store, events, program in
            let churn = try Churn(store)
            let descriptors = openDescriptors(of: store)
            let settled = try churn.settledBytes()
            var (killed, bad, largest) = (0, 0, 0)
            var slowest = Duration.zero
            while killed < count {
                let readers = try (0..<min(Self.readersAtOnce, count - killed)).map { _ in try start(program, store) }
                // The first time it grows; then what they pin has its place.
                let grown = try churn.bytesAfterRounds()
                if killed == 0 { largest = grown }
                let cleared = clearedSlots(events.all)
                for reader in readers { reader.end(SIGKILL) }
                let began = ContinuousClock.now
                if !events.become({ clearedSlots($0) >= cleared + readers.count }) { bad += 1 }
                slowest = max(slowest, .now - began)
                killed += readers.count
                // What they had pinned is used again before the file grows further.
                let after = try churn.bytesAfterRounds()
                if try churn.bytesAfterRounds() > after || after > 2 * largest { bad += 1 }
                if try store.statistics().readers.contains(where: { $0.process != getpid() }) { bad += 1 }
            }
            let sizes = "\(settled) bytes of file before, \(largest) with the first, \(try store.statistics().fileBytes) at the end"
            ProofSize.report(row: 9, "readers killed (slots free after \(slowest) at most; \(sizes))", done: killed, bad: bad)
            #expect(bad == 0)
            #expect(largest > settled, "readers that pin nothing prove nothing")
            #expect(slowest < .seconds(5), "once a second, on a machine that may be busy")
            #expect(openDescriptors(of: store) == descriptors)
        }
    }

    @Test("a reader that sits on its snapshot is named by its process, and the file stops growing when it lets go")
    func idle() throws {
        try withCountedStore { store, events, program in
            let churn = try Churn(store)
            let before = try churn.settledBytes()
            let reader = try start(program, store, idle: true)
            _ = try churn.bytesAfterRounds()
            let named = events.become { $0.contains { $0.kind == .longRead && $0.message.contains("Process \(reader.processID) ") } }
            #expect(named, "\(events.all)")
            #expect(try churn.bytesAfterRounds() > before)
            #expect(events.all.count { $0.kind == .longRead } == 1, "named once")
            try reader.close()
            #expect(reader.status() == 0)
            let after = try churn.bytesAfterRounds()
            #expect(try churn.bytesAfterRounds() == after)
        }
    }

    private func start(_ program: Program, _ store: Store, idle: Bool = false) throws -> Dialogue {
        let reader = try Dialogue(program, ["hold", store.path.string, "--seed", "7"] + (idle ? ["--idle"] : []))
        _ = try reader.number("holding")
        return reader
    }

    /// A store in which something was counted, so that readers have something to read.
    private func withCountedStore(_ body: (Store, EventLog, Program) throws -> Void) throws {
        let program = try #require(Program.crashSubject)
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let counted = try program.run(["count", path.string, "--seed", "7", "--commits", "50", "--durability", "processCrashOnly"])
            try #require(counted.status == 0, "\(counted.errors)")
            let events = EventLog()
            let store = try Store.open(
                at: path,
                configuration: StoreConfiguration(durability: .processCrashOnly, longReadAfter: .seconds(1), onEvent: { events.add($0) }))
            defer { store.close() }
            try body(store, events, program)
            try requireSound(path)
        }
    }

    private func clearedSlots(_ events: [StoreEvent]) -> Int {
        events.filter { $0.kind == .staleReadersCleared }.compactMap {
            $0.message.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        .reduce(0, +)
    }

    private func openDescriptors(of store: Store) -> Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return all.count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.hasPrefix(store.path.string) == true
        }
    }
}

/// Writes the same keys again and again: without readers the file has all the pages that it will ever need.
private struct Churn {
    private let store: Store
    private let table: Table<UInt64, [UInt8]>

    init(_ store: Store) throws {
        self.store = store
        table = try store.table("churn", key: UInt64.self, value: [UInt8].self)
    }

    /// The file's size after some rounds.
    func bytesAfterRounds() throws -> Int {
        for round in 0..<20 as Range<UInt8> {
            try store.write { transaction in
                for key in 0..<16 as Range<UInt64> { try transaction.put([UInt8](repeating: round, count: 1000), for: key, in: table) }
            }
        }
        return try store.statistics().fileBytes
    }

    /// The size at which it stays.
    func settledBytes() throws -> Int {
        var bytes = try bytesAfterRounds()
        for _ in 0..<20 {
            let next = try bytesAfterRounds()
            if next == bytes { break }
            bytes = next
        }
        return bytes
    }
}
