import Foundation
import Synchronization
import WeirTesting

@testable import WeirStore

/// Concurrent clients of one store that write down what they did and what they saw.
final class HistoryRecorder: Sendable {
    private struct TakenBack: Error {}

    /// What a client is about to do. Whatever comes of it, it is drawn before.
    private struct Plan: Sendable {
        var steps: [(key: UInt64, element: UInt32?)]
        var isTakenBack: Bool
    }

    private let store: Store
    private let table: Table<UInt64, [UInt8]>
    private let firstKey: UInt64
    private let toDo: Atomic<Int>
    private let clock = Atomic(0)
    private let elements = Atomic<UInt32>(0)
    private let history = Mutex<[HistoryTransaction]>([])
    private let failure = Mutex<(any Error)?>(nil)
    private let mayFail: Bool

    /// - Parameters:
    ///   - firstKey: this and the keys after it are new.
    ///   - mayFail: commits fail now and then by a planned fault. Each one's outcome is found out by the store.
    init(_ store: Store, _ table: Table<UInt64, [UInt8]>, firstKey: UInt64, transactions: Int, mayFail: Bool) {
        self.store = store
        self.table = table
        self.firstKey = firstKey
        self.mayFail = mayFail
        toDo = Atomic(transactions)
    }

    /// Lets them run to their end: some on threads that wait, others as tasks that are suspended.
    func run(seed: UInt64) async throws -> (history: [HistoryTransaction], final: [UInt64: [UInt32]]) {
        await withTaskGroup(of: Void.self) { group in
            for client in 0..<8 as Range<UInt64> {
                let random = SeededGenerator(seed: seed &+ client &* 0x9E37_79B9)
                if client < 4 {
                    group.addTask { await self.runOnThread(random) }
                } else {
                    group.addTask { await self.runAsTask(random) }
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        let final = try await store.read { [table, firstKey] snapshot in
            var final: [UInt64: [UInt32]] = [:]
            try snapshot.scan(table, from: firstKey) { key, bytes in
                final[key] = Self.elements(bytes)
                return .next
            }
            return final
        }
        return (history.withLock { $0 }, final)
    }

    private func runOnThread(_ random: SeededGenerator) async {
        await withCheckedContinuation { continuation in
            do {
                try DedicatedThread.start(for: "a client") {
                    self.runBlocking(random)
                    continuation.resume()
                }
            } catch {
                self.failure.withLock { $0 = error }
                continuation.resume()
            }
        }
    }

    private func runBlocking(_ random: SeededGenerator) {
        var random = random
        while isAnythingLeft {
            let plan = plan(&random)
            if Int.random(in: 0..<3, using: &random) == 0 {
                record(plan) { notes in try store.read { try self.look($0, plan, notes) } }
            } else {
                record(plan) { notes in try store.write { try self.perform(&$0, plan, notes) } }
            }
        }
    }

    private func runAsTask(_ random: SeededGenerator) async {
        var random = random
        while isAnythingLeft {
            let plan = plan(&random)
            let notes = Notes()
            let began = tick()
            let result: Result<Void, any Error>
            do {
                if Int.random(in: 0..<3, using: &random) == 0 {
                    try await store.read { try self.look($0, plan, notes) }
                } else {
                    try await store.write { try self.perform(&$0, plan, notes) }
                }
                result = .success(())
            } catch { result = .failure(error) }
            settle(notes, began, result)
        }
    }

    private func record(_ plan: Plan, _ body: (Notes) throws -> Void) {
        let notes = Notes()
        let began = tick()
        settle(notes, began, Result { try body(notes) })
    }

    private func settle(_ notes: Notes, _ began: Int, _ result: Result<Void, any Error>) {
        var transaction = notes.transaction.withLock { $0 }
        transaction.began = began
        transaction.ended = tick()
        if case .failure(let error) = result {
            transaction.outcome = .aborted
            if !(error is TakenBack), !mayFail { failure.withLock { $0 = $0 ?? error } }
        }
        history.withLock { $0.append(transaction) }
    }

    // MARK: - What a transaction does

    /// What is written down inside of a transaction; anew when the store runs it again.
    private final class Notes: Sendable {
        let transaction = Mutex(HistoryTransaction(operations: [], id: 0, began: 0, ended: 0))
    }

    private var isAnythingLeft: Bool {
        toDo.subtract(1, ordering: .relaxed).oldValue > 0 && failure.withLock { $0 == nil }
    }

    private func tick() -> Int { clock.add(1, ordering: .sequentiallyConsistent).oldValue }

    private func plan(_ random: inout SeededGenerator) -> Plan {
        #if DEBUG
            if mayFail, Int.random(in: 0..<200, using: &random) == 0 {
                store.engine.faults.plan(Bool.random(using: &random) ? .metaNotWritten : .doneThenError)
            }
        #endif
        // Eight keys at a time; after every 20 appends the oldest one gives way to a new one, so that no list grows long.
        let oldest = firstKey + UInt64(elements.load(ordering: .relaxed)) / 20
        let steps = (0..<Int.random(in: 1...5, using: &random)).map { _ -> (UInt64, UInt32?) in
            let key = oldest + UInt64.random(in: 0..<8, using: &random)
            let appends = Bool.random(using: &random)
            return (key, appends ? elements.add(1, ordering: .relaxed).newValue : nil)
        }
        return Plan(steps: steps, isTakenBack: Int.random(in: 0..<8, using: &random) == 0)
    }

    private func perform(_ transaction: inout WriteTransaction, _ plan: Plan, _ notes: Notes) throws {
        notes.transaction.withLock { $0 = HistoryTransaction(operations: [], id: transaction.transactionID.rawValue, began: 0, ended: 0) }
        for (key, element) in plan.steps {
            let bytes = try transaction.get(key, in: table) ?? []
            guard let element else {
                notes.transaction.withLock { $0.operations.append(.read(key: key, elements: Self.elements(bytes))) }
                continue
            }
            try transaction.put(bytes + withUnsafeBytes(of: element.littleEndian) { [UInt8]($0) }, for: key, in: table)
            notes.transaction.withLock { $0.operations.append(.append(key: key, element: element)) }
        }
        if plan.isTakenBack { throw TakenBack() }
    }

    private func look(_ snapshot: borrowing Snapshot, _ plan: Plan, _ notes: Notes) throws {
        notes.transaction.withLock {
            $0 = HistoryTransaction(operations: [], id: snapshot.transactionID.rawValue, isSnapshot: true, began: 0, ended: 0)
        }
        for (key, _) in plan.steps {
            let bytes = try snapshot.get(key, in: table) ?? []
            notes.transaction.withLock { $0.operations.append(.read(key: key, elements: Self.elements(bytes))) }
            // The writers may go on meanwhile.
            sched_yield()
        }
        if plan.isTakenBack { throw TakenBack() }
    }

    private static func elements(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count, by: 4).map { offset in
            bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}
