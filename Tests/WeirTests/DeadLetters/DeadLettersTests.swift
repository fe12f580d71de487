import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Dead letters")
struct DeadLettersTests {
    private func letter(_ offset: UInt64, reason: String = "no number", row: [UInt8] = [1, 2, 3]) -> DeadLetter {
        DeadLetter(
            source: "lines", partition: 3, offset: offset, next: offset + 1, component: "split", reason: reason, attempts: 5,
            time: Timestamp(milliseconds: 77), row: row)
    }

    private func numbers(_ letters: DeadLetters, _ store: Store) throws -> [UInt64] {
        var numbers: [UInt64] = []
        try store.read { snapshot in
            try letters.scan(in: snapshot) { number, _ in
                numbers.append(number)
                return .next
            }
            let count = try letters.count(in: snapshot)
            #expect(count == numbers.count)
        }
        return numbers
    }

    @Test("a letter is put with the commit that goes on without its tuple, or not at all")
    func put() throws {
        struct Failure: Error {}
        try withTemporaryStore { store in
            let letters = try DeadLetters(store: store, topology: "words")
            #expect(throws: Failure.self) {
                try store.write { transaction in
                    try letters.put(letter(4), in: &transaction)
                    throw Failure()
                }
            }
            #expect(try numbers(letters, store).isEmpty)
            #expect(try store.write { try letters.put(letter(4), in: &$0) } == 1)
            #expect(try store.read { try letters.letter(1, in: $0) } == letter(4))
            #expect(try store.read { try letters.letter(0, in: $0) } == nil, "the account is no letter")
        }
    }

    @Test("of two who take a letter one gets it, and its number is not used again")
    func take() throws {
        try withTemporaryStore { store in
            let letters = try DeadLetters(store: store, topology: "words")
            for offset in UInt64(0)..<3 { _ = try store.write { try letters.put(letter(offset), in: &$0) } }
            #expect(try store.write { try letters.take(3, in: &$0) } == letter(2))
            #expect(try store.write { try letters.take(3, in: &$0) } == nil)
            #expect(try store.write { try letters.drop(1, in: &$0) })
            #expect(try !store.write { try letters.drop(1, in: &$0) })
            #expect(try store.write { try letters.put(letter(9), in: &$0) } == 4)
            #expect(try numbers(letters, store) == [2, 4])
        }
    }

    @Test("at the limit a batch is refused, until space is made")
    func refuse() throws {
        try withTemporaryStore { store in
            let letters = try DeadLetters(store: store, topology: "words", configuration: .init(maximumCount: 2))
            for offset in UInt64(0)..<2 { _ = try store.write { try letters.put(letter(offset), in: &$0) } }
            #expect(throws: ExactlyOnceError(.deadLettersFull, "")) { try store.write { try letters.put(letter(2), in: &$0) } }
            #expect(try numbers(letters, store) == [1, 2])
            #expect(try store.write { try letters.drop(1, in: &$0) })
            #expect(try store.write { try letters.put(letter(2), in: &$0) } == 3)
        }
    }

    @Test("or the oldest go, if so configured, a slice at a time where the limit was lowered")
    func dropOldest() throws {
        try withTemporaryStore { store in
            func letters(_ count: Int) throws -> DeadLetters {
                try DeadLetters(store: store, topology: "words", configuration: .init(maximumCount: count, overflow: .dropOldest))
            }
            let many = try letters(100)
            try store.write { for offset in UInt64(0)..<103 { try many.put(letter(offset), in: &$0) } }
            #expect(try numbers(many, store) == Array(4...103))
            let few = try letters(2)
            for kept in [37, 2, 2] {
                _ = try store.write { try few.put(letter(0), in: &$0) }
                #expect(try numbers(few, store).count == kept)
            }
        }
    }

    @Test("a long row is cut and says so, and a long reason is cut between two characters")
    func limits() throws {
        try withTemporaryStore { store in
            let letters = try DeadLetters(store: store, topology: "words", configuration: .init(maximumRowBytes: 4))
            let long = letter(0, reason: "x" + String(repeating: "é", count: 600), row: [UInt8](0..<10))
            _ = try store.write { try letters.put(long, in: &$0) }
            let stored = try #require(try store.read { try letters.letter(1, in: $0) })
            #expect(stored.row == [0, 1, 2, 3] && stored.rowLength == 10 && !stored.isWhole)
            #expect(stored.reason == "x" + String(repeating: "é", count: 511))
        }
    }

    @Test("topologies do not see each other's letters, and the command sees all")
    func listing() throws {
        try withTemporaryStore { store in
            var all: [String] = []
            func list() throws {
                all = []
                try DeadLetters.scan(store) { topology, number, _ in
                    all.append("\(topology) \(number)")
                    return .next
                }
            }
            try list()
            #expect(all.isEmpty, "also where there is no table")
            let (a, b) = (try DeadLetters(store: store, topology: "a"), try DeadLetters(store: store, topology: "ab"))
            try store.write { transaction in
                try b.put(letter(0), in: &transaction)
                for offset in UInt64(0)..<2 { try a.put(letter(offset), in: &transaction) }
            }
            #expect(try numbers(a, store) == [1, 2])
            #expect(try numbers(b, store) == [1])
            try list()
            #expect(all == ["a 1", "a 2", "ab 1"])
        }
    }

    @Test("damage is an error")
    func damage() {
        let bytes = DeadLetterRow.letter(letter(1)).withStorageBytes { [UInt8]($0) }
        for end in 0..<bytes.count - 3 {
            #expect(throws: DecodingFailure.self) { try bytes[..<end].withUnsafeBytes { try DeadLetterRow(storageBytes: $0) } }
        }
    }
}
