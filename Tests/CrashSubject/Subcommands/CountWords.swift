import ArgumentParser
import Logging
import SystemPackage
import Weir
import WeirStore
import WeirTopology

/// Counts the words of files in a topology whose source delivers again, whose tuples fail, and whose commits are rolled back, as told.
struct CountWords: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Counts words with a topology, disturbed as told.")

    @Option(help: "The store's folder.") var store: String
    @Option(help: "How the source delivers again.") var source = SourceManner.steady
    @Option(help: "One batch in so many is rolled back; 0: none.") var rollbacks = 0
    @Option(help: "One line in so many fails; 0: none.") var failures = 0
    @Flag(help: "At-least-once, with the counting bolt wrapped in ExactlyOnce.") var wrapped = false
    @Option(help: "What happens when.") var seed: UInt64
    @Argument(help: "The files.") var files: [String]

    func run() async throws {
        let store = try await Store.open(at: FilePath(store))
        let failing = Chance(oneIn: failures, seed: seed)
        var topology = TopologyBuilder("words")
        topology.spout("lines", TextSpout(files, source, seed: seed), parallelism: 2)
        topology.bolt("split", parallelism: 2) { SplitBolt(failures: failing) }.shuffle(from: "lines")
        if wrapped {
            topology.bolt("count", parallelism: 2) { ExactlyOnce(CountBolt()) }.fields(["word"], from: "split")
        } else {
            topology.bolt("count", parallelism: 2) { CountBolt() }.fields(["word"], from: "split")
        }
        // So short that commits wait for one another, and one that is rolled back has others behind it.
        let interval = Duration.microseconds(200)
        try await topology.run(
            on: store, guarantee: wrapped ? .atLeastOnce(commitEvery: interval) : .exactlyOnce(commitEvery: interval),
            configuration: configuration)
        await store.close()
    }

    /// Small arenas, so that there are many batches; and failures are not given up on.
    private var configuration: TopologyConfiguration {
        var configuration = TopologyConfiguration()
        configuration.threads = 2
        configuration.arenaBytes = 2048
        configuration.maximumAttempts = 1000
        var logger = Logger(label: "count-words")
        logger.logLevel = .error
        configuration.logger = logger
        let rolledBack = Chance(oneIn: rollbacks, seed: seed)
        configuration.faults = { _ in rolledBack.draw() }
        return configuration
    }
}

extension SourceManner: ExpressibleByArgument {}
