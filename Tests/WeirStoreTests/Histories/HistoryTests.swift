import Foundation
import Testing
import WeirStore
import WeirTesting

/// The store is strictly serializable: what concurrent clients saw fits into one order of their transactions, which is also that of the clock.
@Suite("Histories: the store")
struct HistoryTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["WEIR_PROOF_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
    private static let transactions = environment["WEIR_PROOF_RACE_TRANSACTIONS"].flatMap(Int.init) ?? 10_000

    @Test("concurrent clients of all kinds see no anomaly")
    func serializable() async throws { try await prove("transactions", mayFail: false, Self.transactions) }

    @Test("nor do they while commits fail, before and after they were done")
    func serializableWithFaults() async throws {
        try await prove("transactions among failing commits", mayFail: true, Self.transactions / 5)
    }

    /// In rounds, each on keys of its own: so the checker's memory is bounded.
    private func prove(_ what: String, mayFail: Bool, _ transactions: Int) async throws {
        var random = SeededGenerator(seed: Self.seed)
        var (done, bad, taken, nextKey) = (0, 0, 0, UInt64(0))
        try await withTemporaryStore { store in
            let table = try await store.table("lists", key: UInt64.self, value: [UInt8].self)
            while done < transactions {
                let recorder = HistoryRecorder(
                    store, table, firstKey: nextKey, transactions: min(20_000, transactions - done), mayFail: mayFail)
                let (history, final) = try await recorder.run(seed: random.next())
                let anomalies = HistoryChecker.check(history, final: final)
                #expect(anomalies.isEmpty, "seed \(Self.seed): \(anomalies.prefix(5))")
                bad += anomalies.count
                done += history.count
                taken += history.count { $0.outcome == .aborted }
                nextKey = (final.keys.max() ?? nextKey) + 1
            }
            let statistics = try await store.statistics()
            #expect(statistics.writes > statistics.commits, "no commit was shared: the clients did not run at the same time")
        }
        #expect(taken > done / 20, "seed \(Self.seed)")
        print("proof: row 13, \(what), \(done) done, \(bad) bad, seed \(Self.seed)")
    }
}
