import WeirStore
import WeirTesting

/// Commits that are numbered from 1, each of which is known from its number and a seed: what the store must hold after any of them can be said without having
/// seen the commits before.
struct CounterModel {
    struct Tables {
        let counter: Table<String, UInt64>
        let values: Table<UInt64, [UInt8]>
    }

    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    static let source = "counter"
    private static let keys: UInt64 = 48
    let seed: UInt64

    func tables(of store: Store) throws -> Tables {
        Tables(
            counter: try store.table("counter", key: String.self, value: UInt64.self),
            values: try store.table("values", key: UInt64.self, value: [UInt8].self))
    }

    /// The tables where they exist already; nil in a store in which nothing was counted.
    func existingTables(of store: Store) throws -> Tables? {
        guard let counter = try store.existingTable("counter", key: String.self, value: UInt64.self),
            let values = try store.existingTable("values", key: UInt64.self, value: [UInt8].self)
        else { return nil }
        return Tables(counter: counter, values: values)
    }

    /// One commit: the next number, what it changes, and the offset that goes with it. Returns the number.
    func commit(_ tables: Tables, in transaction: inout WriteTransaction) throws -> UInt64 {
        let number = (try transaction.get("number", in: tables.counter) ?? 0) + 1
        let (key, value) = change(of: number)
        if let value { try transaction.put(value, for: key, in: tables.values) } else { try transaction.delete(key, in: tables.values) }
        try transaction.put(number, for: "number", in: tables.counter)
        try transaction.advance(Self.source, partition: 0, to: number)
        return number
    }

    /// The number that the store has come to. Throws when it holds anything else than the first so many commits make.
    func check<A>(_ tables: Tables, in snapshot: borrowing StoreTransaction<A>) throws -> UInt64 {
        let number = try snapshot.get("number", in: tables.counter) ?? 0
        let offset = try snapshot.offset(of: Self.source, partition: 0)?.next ?? 0
        guard offset == number else { throw Wrong(description: "the counter is \(number), the offset \(offset)") }
        let expected = state(after: number)
        var seen: UInt64 = 0
        try snapshot.scan(tables.values) { key, value in
            guard expected[key] == value else { throw Wrong(description: "key \(key) does not hold what commit \(number) leaves in it") }
            seen += 1
            return .next
        }
        guard seen == expected.count else { throw Wrong(description: "\(seen) values after commit \(number), not \(expected.count)") }
        return number
    }

    /// The newest change of each key, looked for from the newest commit backwards.
    private func state(after number: UInt64) -> [UInt64: [UInt8]] {
        var newest: [UInt64: [UInt8]?] = [:]
        var commit = number
        while commit > 0, newest.count < Self.keys {
            let (key, value) = change(of: commit)
            if newest[key] == nil { newest[key] = .some(value) }
            commit -= 1
        }
        return newest.compactMapValues { $0 }
    }

    /// One change in eight deletes; one value in sixteen needs pages of its own.
    private func change(of number: UInt64) -> (key: UInt64, value: [UInt8]?) {
        var random = SeededGenerator(seed: seed ^ (number &* 0x9E37_79B9_7F4A_7C15))
        let key = UInt64.random(in: 0..<Self.keys, using: &random)
        let kind = Int.random(in: 0..<16, using: &random)
        if kind < 2 { return (key, nil) }
        let count = Int.random(in: kind == 15 ? 5000...12_000 : 1...300, using: &random)
        var value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: count)
        for place in stride(from: 0, to: count, by: 61) { value[place] = UInt8.random(in: 0...255, using: &random) }
        return (key, value)
    }
}
