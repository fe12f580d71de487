import Logging
import Weir
import WeirStore
import WeirTopology

/// Counts the words of the source without end, exactly once.
enum SoakTopology {
    static let name = "soak"
    static let bolt = "count"

    private struct CountBolt: Bolt {
        private var counts: KeyedState?

        mutating func prepare(_ context: BoltContext) throws { counts = try context.state }

        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            guard let counts else { preconditionFailure("A bolt is prepared before it executes.") }
            try counts.add(1, to: try tuple[0].unsafeBytes)
        }
    }

    /// Runs until the task is cancelled.
    static func run(on store: Store, commitEvery interval: Duration) async throws {
        var builder = TopologyBuilder(name)
        builder.spout(SoakSource.name, SoakSource(), parallelism: 2)
        builder.bolt(bolt, parallelism: 4) { CountBolt() }.fields(["word"], from: SoakSource.name)
        var configuration = TopologyConfiguration()
        configuration.logger = Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() }
        try await builder.run(on: store, guarantee: .exactlyOnce(commitEvery: interval), configuration: configuration)
    }

    /// Offsets and counts of one snapshot: what is wrong with them, and how many tuples they cover.
    @available(*, noasync)
    static func check(_ store: Store) throws -> (tuples: UInt64, problems: [String]) {
        let view: StateView
        do { view = try StateView(bolt, of: name, in: store) } catch let error as StateError where error.code == .notFound {
            return (0, [])
        }
        return try store.read { snapshot in
            var offsets: [UInt32: UInt64] = [:]
            try snapshot.offsets { source, partition, offset in
                if source == "\(name).\(SoakSource.name)" { offsets[partition] = offset.next }
                return .next
            }
            let expected = SoakSource.counts(upTo: offsets)
            var problems: [String] = []
            for (word, count) in zip(SoakSource.vocabulary, expected) {
                let found = try view.count(of: word, in: snapshot)
                if found != count { problems.append("\(String(decoding: word, as: UTF8.self)) counts \(found) instead of \(count)") }
            }
            return (offsets.values.reduce(0, +), problems)
        }
    }
}
