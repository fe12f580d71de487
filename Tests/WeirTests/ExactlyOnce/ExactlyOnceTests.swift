import Synchronization
import Testing
import Weir
import WeirStore
import WeirTesting

/// Counts how often a function ran, also where its transaction was undone.
final class RunCounter: Sendable {
    private let state = Mutex(0)
    func ran() { state.withLock { $0 += 1 } }
    var count: Int { state.withLock { $0 } }
}

/// Takes bytes back only where their number is even.
struct Even: StorageValue, Sendable {
    static let storageName = "even"
    let length: Int

    init(length: Int) { self.length = length }

    init(storageBytes: UnsafeRawBufferPointer) throws {
        guard storageBytes.count % 2 == 0 else { throw DecodingFailure("an even number of bytes was expected") }
        length = storageBytes.count
    }

    func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try [UInt8](repeating: 0, count: length).withUnsafeBytes(body)
    }
}

@Suite("ExactlyOnce for functions")
struct ExactlyOnceTests {
    struct Failure: Error {}

    @Test("a duplicate gets the stored result, and the function does not run again, also after a restart")
    func duplicate() throws {
        let runs = RunCounter()
        try withTemporaryFolder { folder in
            for _ in 0..<2 {
                let store = try Store.open(at: folder, configuration: .init(durability: .processCrashOnly))
                defer { store.close() }
                let totals = try store.table("totals", key: String.self, value: UInt64.self)
                let handler = ExactlyOnce(store: store, name: "billing") {
                    (amount: UInt64, transaction: inout WriteTransaction) throws -> UInt64 in
                    runs.ran()
                    let total = try transaction.get("all", in: totals) ?? 0
                    try transaction.put(total + amount, for: "all", in: totals)
                    return total + amount
                }
                #expect(try handler(5, id: "a") == 5)
                #expect(try handler(7, id: UInt64(1)) == 12)
                #expect(try handler(5, id: "a") == 5)
                #expect(try handler(7, id: UInt64(1)) == 12)
                #expect(try store.read { try $0.get("all", in: totals) } == 12)
            }
        }
        #expect(runs.count == 2)
    }

    @Test("of many concurrent duplicates one runs, and all get its result")
    func concurrent() async throws {
        let runs = RunCounter()
        try await withTemporaryStore { store in
            let handler = ExactlyOnce(store: store, name: "numbers") { (input: Int, transaction: inout WriteTransaction) throws -> UInt64 in
                runs.ran()
                return UInt64(input)
            }
            let results = try await withThrowingTaskGroup(of: UInt64.self) { group in
                for input in 0..<100 { group.addTask { try await handler(input, id: "the same") } }
                return try await group.reduce(into: [UInt64]()) { $0.append($1) }
            }
            #expect(results.count == 100 && Set(results).count == 1)
            #expect(runs.count == 1)
        }
    }

    @Test("a function that throws leaves nothing behind, and may be tried again")
    func throwing() async throws {
        let runs = RunCounter()
        try await withTemporaryStore { store in
            let effects = try await store.table("effects", key: String.self, value: UInt64.self)
            let handler = ExactlyOnce(store: store, name: "moody") { (input: Int, transaction: inout WriteTransaction) throws -> String in
                runs.ran()
                try transaction.put(UInt64(runs.count), for: "effect", in: effects)
                if runs.count < 3 { throw Failure() }
                return "third"
            }
            for _ in 0..<2 {
                await #expect(throws: Failure.self) { try await handler(1, id: "x") }
                let effect = try await store.read { try $0.get("effect", in: effects) }
                #expect(effect == nil)
            }
            #expect(try await handler(1, id: "x") == "third")
            #expect(try await handler(1, id: "x") == "third")
            #expect(runs.count == 3)
        }
    }

    @Test("an ID that comes with another input is a conflict, where inputs are compared")
    func conflict() throws {
        try withTemporaryStore { store in
            let compared = ExactlyOnce(store: store, name: "compared", inputDigest: { (text: String) in [UInt8](text.utf8.prefix(64)) }) {
                (text: String, transaction: inout WriteTransaction) throws -> String in text
            }
            let result1 = try compared("a", id: "1")
            #expect(result1 == "a")
            let result2 = try compared("a", id: "1")
            #expect(result2 == "a")
            #expect(throws: ExactlyOnceError(.inputConflict, "")) { try compared("b", id: "1") }
            let trusting = ExactlyOnce(store: store, name: "trusting") { (text: String, _: inout WriteTransaction) throws -> String in text
            }
            let result3 = try trusting("a", id: "1")
            #expect(result3 == "a")
            let result4 = try trusting("b", id: "1")
            #expect(result4 == "a", "the ID alone decides")
            let verbose = ExactlyOnce(store: store, name: "verbose", inputDigest: { (_: String) in [UInt8](repeating: 0, count: 65) }) {
                (text: String, _: inout WriteTransaction) throws -> String in text
            }
            #expect(throws: ExactlyOnceError(.tooLarge, "")) { try verbose("a", id: "1") }
        }
    }

    @Test("a stored result of another type is refused, not misread")
    func otherType() throws {
        try withTemporaryStore { store in
            let before = ExactlyOnce(store: store, name: "f") { (_: Int, _: inout WriteTransaction) throws -> String in "12345678" }
            let after = ExactlyOnce(store: store, name: "f") { (_: Int, _: inout WriteTransaction) throws -> UInt64 in 1 }
            let result5 = try before(0, id: "1")
            #expect(result5 == "12345678")
            #expect(throws: ExactlyOnceError(.responseType, "")) { try after(0, id: "1") }
            let result6 = try after(0, id: "2")
            #expect(result6 == 1)
        }
    }

    @Test("limits: an ID, a name and a response that are too long are refused, and nothing of theirs remains")
    func limits() throws {
        try withTemporaryStore { store in
            let effects = try store.table("effects", key: String.self, value: UInt64.self)
            let handler = ExactlyOnce(store: store, name: "f", configuration: .init(maximumResponseBytes: 4)) {
                (length: Int, transaction: inout WriteTransaction) throws -> [UInt8] in
                try transaction.put(UInt64(length), for: "effect", in: effects)
                return [UInt8](repeating: 0, count: length)
            }
            #expect(throws: ExactlyOnceError(.tooLarge, "")) { try handler(5, id: "x") }
            #expect(try store.read { try $0.get("effect", in: effects) } == nil)
            #expect(try handler(4, id: "x").count == 4)
            #expect(throws: ExactlyOnceError(.tooLarge, "")) { try handler(1, id: String(repeating: "x", count: 257)) }
            #expect(throws: ExactlyOnceError(.tooLarge, "")) { try handler(1, id: "") }
            let nameless = ExactlyOnce(store: store, name: "") { (_: Int, _: inout WriteTransaction) throws -> UInt64 in 1 }
            #expect(throws: ExactlyOnceError(.invalidArgument, "")) { try nameless(1, id: "x") }
        }
    }

    @Test("responses go by age and by count, and what went runs again")
    func expiry() throws {
        let (runs, clock) = (RunCounter(), ManualClock())
        try withTemporaryStore { store in
            let policy = ExpiryPolicy(maximumCount: 10, maximumAge: .seconds(60), granularity: .seconds(1))
            let handler = ExactlyOnce(
                store: store, name: "f", configuration: ExactlyOnceConfiguration(responses: policy, clock: clock.wallClock)
            ) { (_: Int, _: inout WriteTransaction) throws -> UInt64 in
                runs.ran()
                return UInt64(runs.count)
            }
            let rows = try store.systemTable("weir.responses", key: Pair<String, [UInt8]>.self, value: StoredResponse.self)
            #expect(try handler(0, id: "first") == 1)
            clock.advance(by: .seconds(59))
            #expect(try handler(0, id: "second") == 2)
            #expect(try handler(0, id: "first") == 1, "not yet")
            clock.advance(by: .seconds(3))
            #expect(try handler(0, id: "third") == 3, "lets the first go")
            #expect(try handler(0, id: "first") == 4)
            for index in 0..<30 {
                _ = try handler(0, id: "many \(index)")
                #expect(try store.read { try $0.count(rows) } <= 10)
            }
            #expect(runs.count == 34)
            for index in 20..<30 { _ = try handler(0, id: "many \(index)") }
            #expect(runs.count == 34, "the newest are kept")
        }
    }

    @Test("functions of other names do not share IDs")
    func names() throws {
        try withTemporaryStore { store in
            for name in ["a", "ab", "a/b"] {
                let handler = ExactlyOnce(store: store, name: name) { (_: Int, _: inout WriteTransaction) throws -> String in name }
                let result7 = try handler(0, id: "b")
                #expect(result7 == name)
            }
        }
    }

    @Test("by producer and sequence: in order, each once, with its own result")
    func producers() async throws {
        let runs = RunCounter()
        try await withTemporaryStore { store in
            let handler = ExactlyOnce(store: store, name: "readings") { (value: UInt64, _: inout WriteTransaction) throws -> UInt64 in
                runs.ran()
                return value * 2
            }
            for sequence in UInt64(0)..<8 {
                for _ in 0..<2 {
                    let result = try await handler(sequence + 10, producer: 17, epoch: 0, sequence: SequenceNumber(wrapping: sequence))
                    #expect(result == (sequence + 10) * 2)
                }
            }
            #expect(try await handler(999, producer: 17, epoch: 0, sequence: 4) == 28, "one of the last five")
            await #expect(throws: ExactlyOnceError(.sequenceDuplicate, "")) { try await handler(999, producer: 17, epoch: 0, sequence: 2) }
            await #expect(throws: ExactlyOnceError(.sequenceOutOfOrder, "")) { try await handler(999, producer: 17, epoch: 0, sequence: 9) }
            #expect(try await handler(50, producer: 17, epoch: 1, sequence: 0) == 100)
            await #expect(throws: ExactlyOnceError(.producerFenced, "")) { try await handler(999, producer: 17, epoch: 0, sequence: 8) }
            #expect(runs.count == 9)
            await #expect(throws: ExactlyOnceError(.invalidArgument, "")) { try await handler.register("pump") }
        }
    }

    @Test("from a thread that may block, by producer and sequence: the same")
    func blockingProducers() throws {
        let runs = RunCounter()
        try withTemporaryStore { store in
            let handler = ExactlyOnce(store: store, name: "readings") { (value: UInt64, _: inout WriteTransaction) throws -> UInt64 in
                runs.ran()
                return value * 2
            }
            for _ in 0..<2 {
                let result = try handler(5, producer: 17, epoch: 0, sequence: 0)
                #expect(result == 10)
            }
            #expect(throws: ExactlyOnceError(.sequenceOutOfOrder, "")) { try handler(5, producer: 17, epoch: 0, sequence: 2) }
            #expect(runs.count == 1)
        }
    }

    @Test("a stored result whose bytes the type does not take is refused, and the function does not run again")
    func undecodableResult() throws {
        try withTemporaryStore { store in
            let before = ExactlyOnce(store: store, name: "f") { (length: Int, _: inout WriteTransaction) throws -> Even in
                Even(length: length)
            }
            let results = [try before(2, id: "even"), try before(2, id: "even"), try before(3, id: "odd")]
            #expect(results.map(\.length) == [2, 2, 3])
            // As if the type had got stricter since and kept its name.
            let refusal = #expect(throws: StoreError(.corrupt, "")) { try before(3, id: "odd") }
            #expect(refusal?.message.contains("A stored response is no even") == true, "\(refusal?.message ?? "")")
        }
    }

    @Test("producers that register are fenced by the next incarnation")
    func registered() async throws {
        try await withTemporaryStore { store in
            let configuration = ExactlyOnceConfiguration(producers: SequenceGateConfiguration(numbering: .registered))
            let handler = ExactlyOnce(store: store, name: "readings", configuration: configuration) {
                (value: UInt64, _: inout WriteTransaction) throws -> UInt64 in value
            }
            let old = try await handler.register("pump")
            #expect(try await handler(1, producer: old.producer, epoch: old.epoch, sequence: 0) == 1)
            let new = try await handler.register("pump")
            await #expect(throws: ExactlyOnceError(.producerFenced, "")) {
                try await handler(2, producer: old.producer, epoch: old.epoch, sequence: 1)
            }
            #expect(try await handler(2, producer: new.producer, epoch: new.epoch, sequence: 0) == 2)
        }
    }
}
