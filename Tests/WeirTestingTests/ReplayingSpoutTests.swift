import Synchronization
import Testing
import Weir
import WeirStore
import WeirTesting
import WeirTopology

@Suite("A source that replays")
struct ReplayingSpoutTests {
    private struct CountingBolt: Bolt {
        private var state: KeyedState?

        mutating func prepare(_ context: BoltContext) throws { state = try context.state }

        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            let line = try tuple["line"].string
            try line.withStorageBytes { _ = try state?.add(1, to: $0) }
        }
    }

    @Test("each line counts once, however often the source breaks off", arguments: [1, 2, 3] as [UInt64])
    func once(seed: UInt64) async throws {
        let lines = (0..<3).map { partition in (0..<400).map { "line \(partition * 400 + $0 % 50)" } }
        try await withTemporaryStore { store in
            let spout = ReplayingSpout(lines, seed: seed, interruptions: 6)
            var builder = TopologyBuilder("replay")
            builder.spout("lines", spout, parallelism: 2)
            builder.bolt("count", parallelism: 2) { CountingBolt() }.fields(["line"], from: "lines")
            try await builder.run(on: store, guarantee: .exactlyOnce(commitEvery: .milliseconds(1)))
            #expect(spout.interruptions == 6, "seed \(seed)")
            #expect(spout.emitted > 1200, "seed \(seed): nothing came twice")
            var expected: [String: Int64] = [:]
            for line in lines.joined() { expected[line, default: 0] += 1 }
            let counts = try await counts(of: expected.keys.sorted(), in: store)
            #expect(counts == expected, "seed \(seed)")
        }
    }

    private func counts(of lines: [String], in store: Store) async throws -> [String: Int64] {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try DedicatedThread.start(for: "reading a state") {
                    continuation.resume(
                        with: Result {
                            let view = try StateView("count", of: "replay", in: store)
                            return try store.read { snapshot in
                                var counts: [String: Int64] = [:]
                                for line in lines { counts[line] = try view.count(of: line, in: snapshot) }
                                return counts
                            }
                        })
                }
            } catch { continuation.resume(throwing: error) }
        }
    }
}
