import Weir
import WeirStore
import WeirTesting

/// A simulated life came to something that must not be.
struct InvariantViolation: Error, CustomStringConvertible {
    let seed: UInt64
    let message: String
    var description: String { "\(message) (seed \(seed))" }
}

/// Looks at a store after each commit of a simulated life, and says when one of the invariants of Docs/Testing.md does not hold.
struct InvariantWatch {
    private let simulation: Simulation
    private var newest = TransactionID.zero
    private var offsets: [UInt64]
    private var epoch: UInt64 = 0
    private var crashes = 0

    init(_ simulation: Simulation) {
        self.simulation = simulation
        offsets = Array(repeating: 0, count: simulation.partitions)
    }

    mutating func committed(_ driver: TopologyDriver) throws {
        // I5: transaction IDs and epochs strictly grow; offsets never go back.
        guard driver.store.transactionID >= newest else { throw violation("transaction \(driver.store.transactionID) follows \(newest)") }
        newest = driver.store.transactionID
        if driver.crashes > crashes, driver.store.epoch <= epoch { throw violation("epoch \(driver.store.epoch) follows \(epoch)") }
        (epoch, crashes) = (driver.store.epoch, driver.crashes)
        let now = try (0..<simulation.partitions).map { try driver.offset(of: "lines", partition: UInt32($0)) }
        for (before, now) in zip(offsets, now) where now < before { throw violation("an offset went back from \(before) to \(now)") }
        offsets = now
        try compare(driver, expected: fold(upTo: now), upTo: now, isEnd: false)
    }

    mutating func ended(_ driver: TopologyDriver) throws {
        let all = simulation.lines.map { UInt64($0.count) }
        let now = try (0..<simulation.partitions).map { try driver.offset(of: "lines", partition: UInt32($0)) }
        guard now == all else { throw violation("the end is at offsets \(now), not \(all)") }
        try compare(driver, expected: fold(upTo: all), upTo: all, isEnd: true)
        try requireSound(driver.store.path)
    }

    /// I3 and I4: what the states and tables hold is what the tuples below the committed offsets come to.
    private func compare(_ driver: TopologyDriver, expected: [String: Int], upTo offsets: [UInt64], isEnd: Bool) throws {
        let counts = try numbers(driver.state(of: "count"))
        switch simulation.promise {
        case .exactlyOnce:
            try require(counts, expected, "counts", offsets)
            try require(try ledger(driver), expected, "the ledger", offsets)
            if simulation.gathers { try require(try numbers(driver.state(of: "sum.sums")), expected, "sums", offsets) }
        case .deduplicated:
            // What lies above the watermark may be in already, once.
            let given = fold(upTo: simulation.lines.map { UInt64($0.count) })
            try requireNone(counts, "counts", offsets) { word, count in count < expected[word] ?? 0 || count > given[word] ?? 0 }
            if isEnd { try require(counts, expected, "counts", offsets) }
        case .atLeastOnce: try requireNone(counts, "counts", offsets) { word, count in count < expected[word] ?? 0 }
        case .atMostOnce: try requireNone(counts, "counts", offsets) { word, count in count > expected[word] ?? 0 }
        }
    }

    private func fold(upTo offsets: [UInt64]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for (lines, offset) in zip(simulation.lines, offsets) {
            for line in lines.prefix(Int(offset)) where !line.hasPrefix("poison") {
                for word in line.split(separator: " ") { counts[String(word), default: 0] += 1 }
            }
        }
        return counts
    }

    private func numbers(_ state: [[UInt8]: [UInt8]]) throws -> [String: Int] {
        var numbers: [String: Int] = [:]
        for (key, value) in state {
            numbers[String(decoding: key, as: UTF8.self)] = Int(try value.withUnsafeBytes { try Counter(storageBytes: $0).value })
        }
        return numbers
    }

    private func ledger(_ driver: TopologyDriver) throws -> [String: Int] {
        let table = try driver.store.table("ledger", key: String.self, value: UInt64.self)
        return try driver.store.read { snapshot in
            var numbers: [String: Int] = [:]
            try snapshot.scan(table) { key, value in
                numbers[key] = Int(value)
                return .next
            }
            return numbers
        }
    }

    private func require(_ found: [String: Int], _ expected: [String: Int], _ what: String, _ offsets: [UInt64]) throws {
        guard found != expected else { return }
        let wrong = Set(found.keys).union(expected.keys).sorted().filter { found[$0] != expected[$0] }
        let list = wrong.map { "\($0): \(found[$0] ?? 0) instead of \(expected[$0] ?? 0)" }
        throw violation("\(what) at offsets \(offsets): \(list.joined(separator: ", "))")
    }

    private func requireNone(_ found: [String: Int], _ what: String, _ offsets: [UInt64], _ isWrong: (String, Int) -> Bool) throws {
        let words = Set(found.keys).union(simulation.lines.joined().flatMap { $0.split(separator: " ").map(String.init) })
        guard let word = words.sorted().first(where: { isWrong($0, found[$0] ?? 0) }) else { return }
        throw violation("\(what) at offsets \(offsets): \(word) has \(found[word] ?? 0)")
    }

    private func violation(_ message: String) -> InvariantViolation { InvariantViolation(seed: simulation.seed, message: message) }
}
