import Weir
import WeirTesting
import WeirTopology

@testable import WeirStore

/// One simulated life of a topology: its shape, its limits, its input, what goes wrong and when, and the schedule, all drawn from one seed. The invariants
/// are checked at every commit and at the end.
struct Simulation {
    enum Promise: CaseIterable { case exactlyOnce, deduplicated, atLeastOnce, atMostOnce }

    let seed: UInt64
    let promise: Promise
    let partitions: Int
    let tasks: (spouts: Int, split: Int, count: Int)
    let gathers: Bool
    /// By partition.
    let lines: [[String]]
    let scenario: [DriverStep]
    let trouble: [Int]
    let options: TopologyDriver.Options
    /// Before which steps the disk fails, in debug builds.
    let faults: [Int: DiskFault]

    enum DiskFault: CaseIterable { case notWritten, doneThenError }

    /// What a life came to.
    struct Outcome: Equatable {
        let trace: [DriverDecision]
        let contents: [String]
        let crashes: Int
    }

    init(seed: UInt64, promise only: Promise? = nil, planting bug: PlantedBug? = nil) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        let drawn: Promise = [.exactlyOnce, .exactlyOnce, .exactlyOnce, .deduplicated, .atLeastOnce, .atMostOnce][
            Int.random(in: 0..<6, using: &random)]
        let promise = only ?? drawn
        self.promise = promise
        partitions = Int.random(in: 1...3, using: &random)
        tasks = (.random(in: 1...2, using: &random), .random(in: 1...3, using: &random), .random(in: 1...3, using: &random))
        gathers = promise == .exactlyOnce && Bool.random(using: &random)
        let hasPoison = promise == .exactlyOnce && Int.random(in: 0..<8, using: &random) == 0
        trouble = hasPoison ? [] : (0..<Int.random(in: 0...2, using: &random)).map { _ in Int.random(in: 0..<20, using: &random) }

        var lines: [[String]] = Array(repeating: [], count: partitions)
        var scenario: [DriverStep] = []
        var faults: [Int: DiskFault] = [:]
        for number in 0..<Int.random(in: 4...16, using: &random) {
            let words = (0..<Int.random(in: 0...4, using: &random)).map { _ in "w\(Int.random(in: 0..<9, using: &random))" }
            let line = hasPoison && number == 3 ? "poison" : words.joined(separator: " ")
            let partition = Int.random(in: 0..<partitions, using: &random)
            lines[partition].append(line)
            scenario.append(.tuple(line, partition: UInt32(partition)))
            switch Int.random(in: 0..<16, using: &random) {
            case 0...4: scenario.append(.commit)
            case 5: scenario.append(.rollback)
            case 6: scenario.append(.crash)
            case 7: scenario.append(.crash(after: Int.random(in: 0..<40, using: &random)))
            // A life with poison has few attempts, and a source that breaks off twice would use them up.
            case 8: scenario.append(hasPoison ? .commit : .replay)
            case 9: scenario.append(.advance(.milliseconds(Int.random(in: 1...50, using: &random))))
            case 11...13: scenario.append(.advance(.milliseconds(10), settling: false))
            case 10: faults[scenario.count] = DiskFault.allCases.randomElement(using: &random)
            default: break
            }
        }
        self.lines = lines
        self.scenario = scenario
        self.faults = faults

        var options = TopologyDriver.Options()
        options.partitions = partitions
        switch promise {
        case .exactlyOnce: options.guarantee = .exactlyOnce()
        case .deduplicated, .atLeastOnce: options.guarantee = .atLeastOnce(commitEvery: .milliseconds(10))
        case .atMostOnce: options.guarantee = .atMostOnce(commitEvery: .milliseconds(10))
        }
        options.topology.channelCapacity = .random(in: 1...4, using: &random)
        options.topology.arenaBytes = 1024
        options.topology.maximumPending = .random(in: 1...20, using: &random)
        options.topology.maximumBatchesInFlight = .random(in: 1...4, using: &random)
        options.topology.maximumAttempts = hasPoison ? 2 : 20
        options.topology.states = StateConfiguration(
            journalLimit: .random(in: 4096...8192, using: &random), memoryLimit: 4096,
            maximumFoldsPerCommit: .random(in: 1...8, using: &random),
            chunkBytes: 256)
        #if DEBUG
            options.store.plantedBug = bug
        #endif
        self.options = options
    }

    func build(_ store: Store, _ trouble: Trouble) throws -> TopologyBuilder {
        let ledger = try store.table("ledger", key: String.self, value: UInt64.self)
        var topology = TopologyBuilder("simulated")
        let split = WordsBolt(fails: { try trouble.call($0) })
        topology.spout("lines", NoLines(), parallelism: tasks.spouts)
        topology.bolt("split", parallelism: tasks.split) { split }.shuffle(from: "lines")
        if promise == .deduplicated {
            topology.bolt("count", parallelism: tasks.count) { ExactlyOnce(CountBolt()) }.fields(["word"], from: "split")
        } else {
            topology.bolt("count", parallelism: tasks.count) { CountBolt() }.fields(["word"], from: "split")
        }
        topology.bolt("ledger") { LedgerBolt(table: ledger) }.shuffle(from: "split")
        if gathers {
            topology.bolt("gather", parallelism: tasks.split) { GatherBolt() }.shuffle(from: "split")
            topology.bolt("sum", parallelism: tasks.count) { SumBolt() }.fields(["word"], from: "gather")
        }
        return topology
    }

    /// Lives it. Throws what is wrong.
    func run() throws -> Outcome {
        let trouble = Trouble(trouble)
        return try withTemporaryFolder(inMemory: true) { folder in
            let driver = try TopologyDriver(in: folder, seed: seed, options: options) { store in try build(store, trouble) }
            var watch = InvariantWatch(self)
            driver.onCommit = { try watch.committed($0) }
            for (number, step) in scenario.enumerated() {
                if let fault = faults[number] { fail(driver.store, fault) }
                try survive(driver) { try driver.run([step]) }
            }
            try survive(driver) { try driver.finish() }
            if !driver.isFinished { try driver.finish() }
            try watch.ended(driver)
            return Outcome(trace: driver.trace, contents: try StoreContents(of: driver.store).lines, crashes: driver.crashes)
        }
    }

    /// A disk that fails while the topology starts again, or more often than it tries, ends the process: another one is begun.
    private func survive(_ driver: TopologyDriver, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as StoreError where error.rawCode != nil {
            try driver.run([.crash])
        } catch let error as TopologyError where error.code == .commitFailed {
            try driver.run([.crash])
        }
    }

    private func fail(_ store: Store, _ fault: DiskFault) {
        #if DEBUG
            store.engine.faults.plan(fault == .notWritten ? .metaNotWritten : .doneThenError)
        #endif
    }
}
