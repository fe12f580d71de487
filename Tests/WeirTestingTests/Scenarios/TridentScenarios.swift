import Weir
import WeirTesting
import WeirTopology

@testable import WeirStore

/// Known bugs of Storm's Trident as scenarios: each throws when a topology here does what the bug did.
enum TridentScenarios {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// STORM-3337: the first commit after a crash wrote the offsets of the partitions that were in it, and wiped those of the others; a second crash then
    /// sent these back to their beginning.
    static func twoCrashes(planting bug: PlantedBug? = nil) throws {
        try play(
            [
                .tuple("a", partition: 0), .tuple("b", partition: 1), .tuple("c", partition: 2), .commit, .tuple("a", partition: 0),
                .commit, .crash,
                .tuple("a", partition: 0), .commit, .crash, .tuple("b", partition: 1), .commit,
            ], partitions: 3, expected: ["a": 3, "b": 2, "c": 1], offsets: [3, 2, 1], planting: bug)
    }

    /// STORM-1557: with more than one batch under way, transaction IDs left gaps, and two batches got the same offset: tuples counted twice.
    static func severalUnderWay(planting bug: PlantedBug? = nil) throws {
        let scenario = (0..<24).flatMap { number in [DriverStep.tuple("line\(number % 4)"), .advance(.milliseconds(10), settling: false)] }
        // The batches overlap as the schedule has it.
        for seed in 0..<8 as Range<UInt64> {
            try play(
                scenario + [.commit], seed: seed, partitions: 1,
                expected: ["line0": 6, "line1": 6, "line2": 6, "line3": 6], offsets: [24], planting: bug)
        }
    }

    /// STORM-2675: an offset that could not be read back was taken for none, without a word, and the spout began at the beginning.
    static func unreadableOffset(planting bug: PlantedBug? = nil) throws {
        try withTemporaryFolder(inMemory: true) { folder in
            let driver = try TopologyDriver(in: folder, seed: 1, options: options(partitions: 1, bug), build)
            try driver.run(["a", "b", .commit])
            // A valid record, whose bytes are no offset.
            try driver.store.write { transaction in
                try transaction.put([1, 2, 3], for: Pair("words.lines", 0), in: transaction.tables.offsets)
            }
            do { try driver.run([.crash]) } catch let error as StoreError where error.code == .corrupt { return }
            throw Violation(description: "an offset that cannot be read was taken for none")
        }
    }

    /// STORM-2504: at the start the first batch was sometimes emitted twice.
    static func firstBatch(planting bug: PlantedBug? = nil) throws {
        try play(
            ["a", "b", .commit, "c", .crash, "d", .commit], partitions: 1, expected: ["a": 1, "b": 1, "c": 1, "d": 1], offsets: [4],
            planting: bug)
    }

    /// STORM-3280: what a window held when its batch was done was in memory only; after a restart its tuples were in no window.
    static func windows(inMemory: Bool = false) throws {
        try verifyExactlyOnce(["1", "2", .commit, "3", "4", .commit, "5", "6", "7"], seed: 3) { store in
            let windows = try store.table("windows", key: UInt64.self, value: UInt64.self)
            var topology = TopologyBuilder("windows")
            topology.spout("lines", NoLines())
            topology.bolt("window") { WindowBolt(windows: windows, inMemory: inMemory) }.global(from: "lines")
            return topology
        }
    }

    private static func options(partitions: Int, _ bug: PlantedBug?) -> TopologyDriver.Options {
        var options = TopologyDriver.Options()
        options.partitions = partitions
        options.topology.maximumBatchesInFlight = 4
        #if DEBUG
            options.store.plantedBug = bug
        #endif
        return options
    }

    @Sendable private static func build(_ store: Store) throws -> TopologyBuilder { try wordCount(store, tasks: 2) }

    private static func play(
        _ scenario: [DriverStep], seed: UInt64 = 1, partitions: Int, expected: [String: Int64], offsets: [UInt64], planting bug: PlantedBug?
    ) throws {
        try withTemporaryFolder(inMemory: true) { folder in
            let driver = try TopologyDriver(in: folder, seed: seed, options: options(partitions: partitions, bug), build)
            try driver.run(scenario)
            try driver.finish()
            for (word, count) in expected {
                let found = try driver.count(of: word, in: "count")
                guard found == count else { throw Violation(description: "\(word) has \(found), not \(count)") }
            }
            for (partition, offset) in offsets.enumerated() {
                let found = try driver.offset(of: "lines", partition: UInt32(partition))
                guard found == offset else { throw Violation(description: "partition \(partition) is at \(found), not \(offset)") }
            }
        }
    }
}

/// Adds up every three numbers.
private struct WindowBolt: Bolt {
    let windows: Table<UInt64, UInt64>
    let inMemory: Bool
    private var state: KeyedState?
    private var memory: [String: Int64] = [:]

    init(windows: Table<UInt64, UInt64>, inMemory: Bool) {
        self.windows = windows
        self.inMemory = inMemory
    }

    mutating func prepare(_ context: BoltContext) throws { state = try context.state }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        let count = try add(1, to: "count")
        let sum = try add(Int64(try tuple["line"].string) ?? 0, to: "sum")
        guard count % 3 == 0 else { return }
        _ = try add(-sum, to: "sum")
        output.stage { [windows] transaction in try transaction.put(UInt64(sum), for: UInt64(count / 3), in: windows) }
    }

    private mutating func add(_ delta: Int64, to name: String) throws -> Int64 {
        guard inMemory else { return try state?.add(delta, to: name) ?? 0 }
        memory[name, default: 0] += delta
        return memory[name] ?? 0
    }
}
