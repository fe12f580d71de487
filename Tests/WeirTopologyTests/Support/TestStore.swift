import Dispatch
import Logging
import Weir
import WeirStore
import WeirTesting

@testable import WeirTopology

/// The counts that a topology's count bolt has committed.
func counts(_ store: Store, topology: String, bolt: String = "count") async throws -> [String: Int] {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(
                with: Result {
                    let state = try StateJournal.open(store: store, topology: topology).state(bolt, task: 0)
                    var counts: [String: Int] = [:]
                    for word in 0..<100 {
                        let count = try state.count(of: "w\(word)")
                        if count != 0 { counts["w\(word)"] = Int(count) }
                    }
                    return counts
                })
        }
    }
}

func wordCount(
    _ spout: SentenceSpout, tasks: Int = 3, split: SplitBolt = SplitBolt(), countFails: (@Sendable (String) throws -> Void)? = nil,
    exactlyOnceCount: Bool = false
) -> TopologyBuilder {
    var topology = TopologyBuilder("words")
    topology.spout("lines", spout, parallelism: 2)
    topology.bolt("split", parallelism: tasks) { split }.shuffle(from: "lines")
    if exactlyOnceCount {
        topology.bolt("count", parallelism: tasks) { ExactlyOnce(CountBolt(fails: countFails)) }.fields(["word"], from: "split")
    } else {
        topology.bolt("count", parallelism: tasks) { CountBolt(fails: countFails) }.fields(["word"], from: "split")
    }
    return topology
}

/// What differs, for a failure's message.
func differences(_ counts: [String: Int], _ expected: [String: Int]) -> [String] {
    Set(counts.keys).union(expected.keys).sorted().compactMap { word in
        let (found, wanted) = (counts[word] ?? 0, expected[word] ?? 0)
        return found == wanted ? nil : "\(word): \(found) instead of \(wanted)"
    }
}

extension TopologyConfiguration {
    /// Says nothing: a test that injects failures is not normal work.
    static var quiet: TopologyConfiguration {
        var configuration = TopologyConfiguration()
        configuration.logger = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
        return configuration
    }
}
