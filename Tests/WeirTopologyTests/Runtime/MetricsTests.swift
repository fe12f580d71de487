import Foundation
import Metrics
import MetricsTestKit
import Testing
import Weir
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("Metrics")
struct MetricsTests {
    /// A process has one metrics system; other tests' topologies report to it, too, under other names.
    private static let metrics: TestMetrics = {
        let metrics = TestMetrics()
        MetricsSystem.bootstrap(metrics)
        return metrics
    }()

    @Test("every metric of Docs/Observability is reported, and says what a run did")
    func documented() async throws {
        let metrics = Self.metrics
        try await withTemporaryStore { store in
            let spout = SentenceSpout(partitions: 2, count: 300, chunk: 50)
            var builder = TopologyBuilder("metered")
            let left = Countdown(1)
            builder.spout("lines", spout)
            builder.bolt("split") { SplitBolt(fails: { _ in if left.fire() { throw TestFailure() } }) }.shuffle(from: "lines")
            builder.bolt("count") { CountBolt() }.fields(["word"], from: "split")
            let summary = try await builder.run(
                on: store, guarantee: .exactlyOnce(commitEvery: .milliseconds(1)), configuration: .quiet)

            let named = try documentedMetrics()
            #expect(named.count == 13)
            let dimensions = [("topology", "metered")]
            for (label, kind) in named {
                switch kind {
                case "counter": _ = try metrics.expectCounter(label, dimensions)
                case "gauge": _ = try metrics.expectGauge(label, dimensions)
                case "timer": #expect(try metrics.expectTimer(label, dimensions).values.count == summary.totals.commits)
                default: Issue.record("\(label) is of kind \(kind)")
                }
            }
            func total(_ name: String) -> Int64 { metrics.counterTotal(label: "weir.topology.\(name)", dimensions: dimensions) }
            #expect(total("emitted") >= 600 && total("commits") == Int64(summary.totals.commits))
            #expect(total("restarts") == 1 && total("dead_letters") == 0)
            #expect(total("audited") == 600 && total("unbalanced") == 0)
        }
    }

    /// Names and kinds from the page's table.
    private func documentedMetrics() throws -> [(label: String, kind: String)] {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Docs/Observability.md")
        return try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `weir.topology.") }.map {
            let cells = $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return (cells[0].trimmingCharacters(in: ["`"]), cells[1])
        }
    }
}
