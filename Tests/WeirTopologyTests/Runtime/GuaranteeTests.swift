import Synchronization
import Testing
import Weir
import WeirStore
import WeirTesting

@testable import WeirTopology

@Suite("The three guarantees", .serialized)
struct GuaranteeTests {
    static let partitions: UInt32 = 4
    static let count: UInt64 = 3_000
    static let all: [Guarantee] = [
        .atMostOnce(commitEvery: .milliseconds(2)), .atLeastOnce(commitEvery: .milliseconds(2)),
        .exactlyOnce(commitEvery: .milliseconds(1)),
    ]

    @Test("without failures every guarantee counts exactly", arguments: all)
    func counts(_ guarantee: Guarantee) async throws {
        try await withTemporaryStore { store in
            let summary = try await wordCount(SentenceSpout(partitions: Self.partitions, count: Self.count)).run(
                on: store, guarantee: guarantee)
            let oracle = SentenceSpout.oracle(partitions: Self.partitions, count: Self.count)
            let difference = differences(try await WeirTopologyTests.counts(store, topology: "words"), oracle)
            #expect(difference == [])
            #expect(summary.totals.emitted == Int(Self.partitions) * Int(Self.count))
            #expect(summary.tuples["count"] == oracle.values.reduce(0, +))
            #expect(summary.restarts == 0)
            for partition in 0..<Self.partitions {
                let offset = try await store.read { try $0.offset(of: "words.lines", partition: partition) }
                #expect(offset?.next == Self.count)
                #expect(offset?.fingerprint == [UInt8(partition)])
            }
        }
    }

    @Test("a second run finds nothing new", arguments: all)
    func again(_ guarantee: Guarantee) async throws {
        try await withTemporaryStore { store in
            let topology = try wordCount(SentenceSpout(partitions: 2, count: 500)).build()
            _ = try await topology.run(on: store, guarantee: guarantee, configuration: .quiet)
            let summary = try await topology.run(on: store, guarantee: guarantee, configuration: .quiet)
            #expect(summary.totals.emitted == 0)
            #expect(summary.totals.commits == 0)
            let difference = differences(
                try await WeirTopologyTests.counts(store, topology: "words"), SentenceSpout.oracle(partitions: 2, count: 500))
            #expect(difference == [])
        }
    }
}
