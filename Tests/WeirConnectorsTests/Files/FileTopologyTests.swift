import Foundation
import Logging
import Synchronization
import SystemPackage
import Testing
import Weir
import WeirConnectors
import WeirStore
import WeirTesting
import WeirTopology

/// Files through whole topologies: what is counted is what the files hold, whatever fails on the way.
@Suite("Files in a topology")
struct FileTopologyTests {
    /// Counts the lines that it is given.
    struct CountLines: Bolt {
        /// The line that it cannot process.
        var refuses: String?
        private var counts: KeyedState?

        init(refuses: String? = nil) { self.refuses = refuses }

        mutating func prepare(_ context: BoltContext) throws { counts = try context.state }

        mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
            if let refuses, try tuple[0].string == refuses { throw Refusal() }
            // A prefix, since a key cannot be empty and a line can.
            try counts?.add(1, to: [0x2D] + Array(tuple[0].unsafeBytes))
        }
    }

    struct Refusal: Error {}

    private func topology(_ paths: [FilePath], follows: Bool = false, refuses: String? = nil) throws -> Topology {
        var builder = TopologyBuilder("files")
        let limits = FileSpout.Limits(blockBytes: 512, maximumOpenFiles: 2)
        builder.spout("lines", FileSpout(paths, follows: follows, limits: limits), parallelism: 2)
        builder.bolt("count", parallelism: 3) { CountLines(refuses: refuses) }.fields(["line"], from: "lines")
        return try builder.build()
    }

    private var quiet: TopologyConfiguration {
        var configuration = TopologyConfiguration()
        configuration.logger.logLevel = .critical
        configuration.threads = 2
        return configuration
    }

    private func counts(in store: Store) async throws -> [String: Int64] {
        try await store.read { _ in
            let view = try StateView("count", of: "files", in: store)
            var counts: [String: Int64] = [:]
            try store.read { snapshot in
                try view.scan(in: snapshot) { key, value in
                    counts[String(decoding: key.dropFirst(), as: UTF8.self)] = try Counter(storageBytes: value).value
                    return .next
                }
            }
            return counts
        }
    }

    private func write(
        _ files: Int, in folder: FilePath, _ random: inout SeededGenerator
    ) throws -> (paths: [FilePath], counts: [String: Int64]) {
        var counts: [String: Int64] = [:]
        let paths = try (0..<files).map { file in
            let lines = (0..<2000).map { _ in "line \(Int.random(in: 0..<500, using: &random))" } + (file == 0 ? ["", "the last"] : [])
            for line in lines { counts[line, default: 0] += 1 }
            let path = folder.appending("\(file).txt")
            let text = lines.joined(separator: "\n") + (file == 0 ? "" : "\n")
            try Data(text.utf8).write(to: URL(filePath: path.string))
            return path
        }
        return (paths, counts)
    }

    @Test("commits that are rolled back at random change no count", arguments: 0..<4 as Range<UInt64>)
    func rollbacks(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withTemporaryFolder { folder in
            let (paths, expected) = try write(5, in: folder, &random)
            try await withTemporaryStore { store in
                var configuration = quiet
                configuration.maximumPending = 200
                configuration.maximumAttempts = 1000
                let faults = Mutex((random: random, count: 0))
                configuration.faults = { _ in
                    faults.withLock { state in
                        guard state.count < 12, Int.random(in: 0..<4, using: &state.random) == 0 else { return false }
                        state.count += 1
                        return true
                    }
                }
                let summary = try await topology(paths).run(
                    on: store, guarantee: .exactlyOnce(commitEvery: .milliseconds(1)), configuration: configuration)
                #expect(summary.restarts > 0, "\(random): nothing was rolled back")
                #expect(summary.totals.emitted == 10_002, "\(random)")
                #expect(try await counts(in: store) == expected, "\(random)")
                let again = try await topology(paths).run(on: store, configuration: quiet)
                #expect(again.totals.emitted == 0)
            }
        }
    }

    @Test("a line that cannot be processed is kept aside, and all others count once")
    func poison() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("a.txt")
            try Data("one\ntwo\nbad\nthree\ntwo".utf8).write(to: URL(filePath: path.string))
            try await withTemporaryStore { store in
                let summary = try await topology([path], refuses: "bad").run(on: store, configuration: quiet)
                #expect(summary.totals.deadLetters == 1)
                #expect(try await counts(in: store) == ["one": 1, "two": 2, "three": 1])
            }
        }
    }

    @Test("files may be added, left out and reordered between runs")
    func otherFiles() async throws {
        var random = SeededGenerator(seed: 7)
        try await withTemporaryFolder { folder in
            let (paths, expected) = try write(4, in: folder, &random)
            try await withTemporaryStore { store in
                for some in [[2], [3, 0], [0, 1, 2, 3], [1]] {
                    try await _ = topology(some.map { paths[$0] }).run(on: store, configuration: quiet)
                }
                #expect(try await counts(in: store) == expected)
            }
        }
    }

    @Test("a file that was replaced ends the run with its error and changes nothing")
    func replaced() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("a.txt")
            try Data("one\ntwo\n".utf8).write(to: URL(filePath: path.string))
            try await withTemporaryStore { store in
                try await _ = topology([path]).run(on: store, configuration: quiet)
                let before = try await counts(in: store)
                try Data("six\ntwo\nmore\n".utf8).write(to: URL(filePath: path.string))
                await #expect(throws: FileError.self) { try await topology([path]).run(on: store, configuration: quiet) }
                #expect(try await counts(in: store) == before)
            }
        }
    }

    @Test("a line beyond the limit ends the run with an error, and what came before it counts")
    func longLine() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("a.txt")
            try Data(("one\n" + String(repeating: "x", count: 2_000_000) + "\n").utf8).write(to: URL(filePath: path.string))
            try await withTemporaryStore { store in
                do {
                    try await _ = topology([path]).run(on: store, configuration: quiet)
                    Issue.record("a line of 2 MB was taken")
                } catch let error as TopologyError {
                    #expect((error.cause as? FileError)?.code == .lineTooLong)
                }
            }
        }
    }
}
