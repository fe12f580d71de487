import ArgumentParser
import SystemPackage
import Weir
import WeirStore
import WeirTesting

/// Millions of updates of keyed state under tight limits, with three batches in flight: the journal's tail and the memory stay under their limits, every
/// sum is right when it is made, and the store, opened again, holds all of them.
struct Updates: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Updates keyed state and checks its limits and its sums.")

    @Argument(help: "The store's folder: a new one.") var store: String
    @Option(help: "Updates.") var count = 10_000_000
    @Option(help: "Keys.") var keys = 1_000_000
    @Option(help: "Repeats a run.") var seed: UInt64 = .random(in: 0 ... .max)

    private var batch: Int { max(1, min(5_000, keys / 20)) }

    func run() throws {
        let configuration = StateConfiguration(journalLimit: 2 << 20, memoryLimit: keys * 8, maximumFoldsPerCommit: 20_000)
        var counts = [Int64](repeating: 0, count: keys)
        try open { store in try update(&counts, StateLoad(store, tasks: 4, depth: 3, configuration), configuration) }
        try open { store in try compare(counts, StateLoad(store, tasks: 4, depth: 0, configuration)) }
        let report = try Store.verify(at: FilePath(store))
        guard report.isSound else { throw Wrong("seed \(seed): \(report.problems.joined(separator: "; "))") }
        say("updates over \(keys) keys: \(count) done, every sum right, limits kept")
    }

    private func open(_ body: (Store) throws -> Void) throws {
        let store = try Store.open(at: FilePath(store), configuration: .init(durability: .processCrashOnly))
        defer { store.close() }
        try body(store)
    }

    private func update(_ counts: inout [Int64], _ load: StateLoad, _ configuration: StateConfiguration) throws {
        var random = SeededGenerator(seed: seed)
        for update in 1...count {
            // Most updates go to a tenth of the keys.
            let range = random.next() % 4 == 0 ? keys : max(1, keys / 10)
            let number = Int(random.next() % UInt64(range))
            counts[number] += 1
            let sum = try number.asKey { try load.state(of: number).add(1, to: $0) }
            guard sum == counts[number] else {
                throw Wrong("seed \(seed), update \(update): key \(number) is \(sum), not \(counts[number])")
            }
            if update % batch == 0 { try load.endBatch() }
        }
        try load.endBatch()
        try load.drain()
        let statistics = load.journal.statistics
        guard statistics.peakTailBytes <= configuration.journalLimit, statistics.checkpoints == 0 else {
            throw Wrong(
                "seed \(seed): the journal's tail was \(statistics.peakTailBytes) of \(configuration.journalLimit) bytes, \(statistics.checkpoints) checkpoints"
            )
        }
        // A table of slots doubles at once, and a batch's own keys come on top.
        guard load.peakMemory <= configuration.memoryLimit / 4 * 5 else {
            throw Wrong("seed \(seed): a state took \(load.peakMemory) of \(configuration.memoryLimit) bytes")
        }
        guard load.states.contains(where: { $0.statistics.dropped > 0 }) else {
            throw Wrong(
                "memory was never short: \(load.peakMemory) of \(configuration.memoryLimit) bytes; fewer updates than there must be, or keys"
            )
        }
    }

    private func compare(_ counts: [Int64], _ load: StateLoad) throws {
        for number in counts.indices {
            let count = try number.asKey { key in
                try load.state(of: number).withValue(of: key) { try $0.map { try Counter(storageBytes: $0).value } }
            }
            guard count ?? 0 == counts[number] else {
                throw Wrong("seed \(seed): key \(number) is \(count ?? 0) after the store was opened again, not \(counts[number])")
            }
            // The memory's limit is kept at a batch's end.
            if number % batch == 0 { try load.endBatch() }
        }
    }
}
