import Logging
import ServiceLifecycle
import Synchronization
import Testing
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("A topology as a service", .serialized, .timeLimit(.minutes(5)))
struct ServiceTests {
    /// No commit is due before the end: what is there afterwards, the shutdown has committed.
    static let all: [Guarantee] = [
        .atMostOnce(commitEvery: .seconds(1000)), .atLeastOnce(commitEvery: .seconds(1000)), .exactlyOnce(commitEvery: .seconds(1000)),
    ]

    @Test("a group's graceful shutdown drains and commits: all that was emitted is counted, and is what the offsets cover", arguments: all)
    func shutdown(_ guarantee: Guarantee) async throws {
        try await withTemporaryStore { store in
            var configuration = TopologyConfiguration.quiet
            let latch = FlowTests.Latch()
            configuration.progressInterval = .milliseconds(1)
            configuration.onProgress = { if $0.emitted >= 100 { latch.open() } }
            let ending = Ending()
            let topology = try wordCount(SentenceSpout(partitions: 2, count: 1 << 40, chunk: 20)).build()
            let service = TopologyService(topology, on: store, guarantee: guarantee, configuration: configuration) { ending.set($0) }
            let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: configuration.logger))
            async let running: Void = group.run()
            await latch.opened()
            #expect(ending.summary == nil, "it ends when it is told to")
            await group.triggerGracefulShutdown()
            try await running

            let summary = try #require(ending.summary)
            #expect(summary.totals.commits == 1)
            #expect(summary.totals.emitted >= 100)
            #expect(summary.totals.inFlight == 0)
            let offsets = try await FlowTests.committed(store)
            #expect(offsets.reduce(0, +) == UInt64(summary.totals.emitted))
            let difference = differences(try await counts(store, topology: "words"), FlowTests.oracle(offsets))
            #expect(difference == [])
        }
    }

    @Test("a service whose spouts have finished ends by itself")
    func finished() async throws {
        try await withTemporaryStore { store in
            let ending = Ending()
            let service = TopologyService(
                try wordCount(SentenceSpout(partitions: 2, count: 100)).build(), on: store, configuration: .quiet
            ) { ending.set($0) }
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                    logger: TopologyConfiguration.quiet.logger))
            try await group.run()
            #expect(ending.summary?.totals.emitted == 200)
        }
    }

    /// The summary, from the service to the test.
    final class Ending: Sendable {
        private let state = Mutex<TopologySummary?>(nil)
        func set(_ summary: TopologySummary) { state.withLock { $0 = summary } }
        var summary: TopologySummary? { state.withLock { $0 } }
    }
}
