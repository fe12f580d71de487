import Foundation
import Testing

/// Histories that are bad in one way each: a checker that finds nothing in them would find nothing anywhere.
@Suite("Histories: the checker")
struct HistoryCheckerTests {
    private typealias Step = HistoryTransaction.Operation

    /// Unless times are given, all run at the same time.
    private func transaction(
        _ operations: [HistoryTransaction.Operation], id: UInt64 = 1, began: Int = 0, ended: Int = 100, aborted: Bool = false,
        snapshot: Bool = false
    ) -> HistoryTransaction {
        HistoryTransaction(
            operations: operations, outcome: aborted ? .aborted : .committed, id: id, isSnapshot: snapshot, began: began, ended: ended)
    }

    private func a(_ key: UInt64, _ element: UInt32) -> HistoryTransaction.Operation { .append(key: key, element: element) }
    private func r(_ key: UInt64, _ elements: [UInt32]) -> HistoryTransaction.Operation { .read(key: key, elements: elements) }

    private func kinds(_ history: [HistoryTransaction], _ final: [UInt64: [UInt32]]) -> Set<Anomaly.Kind> {
        Set(HistoryChecker.check(history, final: final).map(\.kind))
    }

    @Test("a history of one transaction after another has no anomaly")
    func sound() {
        let history = [
            transaction([a(1, 1), a(2, 1)], id: 1, began: 0, ended: 1),
            transaction([r(1, [1]), a(1, 2), r(1, [1, 2])], id: 2, began: 2, ended: 5),
            transaction([a(1, 9)], id: 3, began: 3, ended: 4, aborted: true),
            transaction([r(2, [1]), r(1, [1, 2])], id: 2, began: 6, ended: 7, snapshot: true),
            transaction([a(1, 3), r(1, [1, 2, 3]), a(1, 4)], id: 3, began: 6, ended: 9),
        ]
        #expect(HistoryChecker.check(history, final: [1: [1, 2, 3, 4], 2: [1]]) == [])
    }

    @Test("G0: two transactions write over one another in different orders")
    func dirtyWrite() {
        let history = [transaction([a(1, 1), a(2, 1)]), transaction([a(1, 2), a(2, 2)])]
        #expect(kinds(history, [1: [1, 2], 2: [2, 1]]) == [.dirtyWrite])
    }

    @Test("G1a: a read of what was taken back")
    func abortedRead() {
        let history = [transaction([a(1, 1)], aborted: true), transaction([r(1, [1])])]
        #expect(kinds(history, [:]).contains(.abortedRead))
        #expect(kinds([transaction([a(1, 1)], aborted: true)], [1: [1]]).contains(.abortedRead), "at the end")
    }

    @Test("G1b: a read of the middle of a transaction")
    func intermediateRead() {
        let history = [transaction([a(1, 1), a(2, 7), a(1, 2)]), transaction([r(1, [1])])]
        #expect(kinds(history, [1: [1, 2], 2: [7]]).contains(.intermediateRead))
    }

    @Test("G1c: two transactions have read what the other one wrote")
    func circularFlow() {
        let history = [transaction([a(1, 1), r(2, [2])]), transaction([a(2, 2), r(1, [1])])]
        #expect(kinds(history, [1: [1], 2: [2]]) == [.circularFlow])
    }

    @Test("lost update: two transactions append to the same list that both have read")
    func lostUpdate() {
        let history = [transaction([r(1, []), a(1, 1)]), transaction([r(1, []), a(1, 2)])]
        #expect(kinds(history, [1: [1, 2]]) == [.lostUpdate, .singleAntiDependency])
    }

    @Test("lost append: what was acknowledged is not there at the end")
    func lostAppend() {
        #expect(kinds([transaction([a(1, 1)]), transaction([a(1, 2)])], [1: [2]]) == [.lostAppend])
    }

    @Test("G-single: a read skewed between two keys")
    func skewedRead() {
        let history = [transaction([a(1, 1), a(2, 1)]), transaction([r(1, [1]), r(2, [])])]
        #expect(kinds(history, [1: [1], 2: [1]]) == [.singleAntiDependency])
    }

    @Test("G2: a skewed write")
    func skewedWrite() {
        let history = [transaction([r(1, []), a(2, 1)]), transaction([r(2, []), a(1, 1)])]
        #expect(kinds(history, [1: [1], 2: [1]]) == [.antiDependency])
    }

    @Test("real time: a read that began after a write had ended does not see it")
    func staleRead() {
        let stale = [
            transaction([a(1, 1)], id: 1, began: 0, ended: 1), transaction([a(2, 1)], id: 2, began: 2, ended: 3),
            transaction([r(1, [])], id: 0, began: 4, ended: 5, snapshot: true),
        ]
        #expect(kinds(stale, [1: [1], 2: [1]]) == [.realTime])
        var concurrent = stale
        concurrent[2].began = 0
        #expect(kinds(concurrent, [1: [1], 2: [1]]) == [])
    }

    @Test("reads that exclude one another, that forget their own transaction, or hold what nobody wrote")
    func directly() {
        #expect(
            kinds([transaction([a(1, 1)]), transaction([a(1, 2)]), transaction([r(1, [2, 1])])], [1: [1, 2]])
                == [.incompatibleOrder])
        #expect(kinds([transaction([a(1, 1), r(1, [])])], [1: [1]]) == [.internalRead])
        #expect(kinds([transaction([a(1, 1)]), transaction([r(1, []), r(1, [1])])], [1: [1]]).contains(.internalRead))
        #expect(kinds([transaction([r(1, [5])])], [1: [5]]).contains(.foreignElement))
        #expect(kinds([transaction([a(1, 1)])], [1: [1, 1]]).contains(.foreignElement))
    }

    @Test("a snapshot shows the commits up to its transaction ID, neither more nor fewer")
    func identifiers() {
        let write = transaction([a(1, 1)], id: 5)
        #expect(kinds([write, transaction([r(1, [1])], id: 4, snapshot: true)], [1: [1]]) == [.transactionID])
        #expect(kinds([write, transaction([r(1, [])], id: 5, snapshot: true)], [1: [1]]) == [.transactionID])
        #expect(kinds([write, transaction([r(1, [1])], id: 6, snapshot: true)], [1: [1]]) == [])
        #expect(kinds([transaction([a(1, 1)], id: 3), transaction([a(1, 2)], id: 2)], [1: [1, 2]]) == [.transactionID])
    }

    @Test("the cycle that is told is the one that was made", arguments: [3, 40])
    func longCycle(length: Int) {
        // Each has read the one before, the first one the last.
        let history = (0..<length).map { index in
            transaction([a(UInt64(index), 1), r(UInt64((index + length - 1) % length), [1])])
        }
        let final = Dictionary(uniqueKeysWithValues: (0..<length).map { (UInt64($0), [UInt32(1)]) })
        let found = HistoryChecker.check(history, final: final)
        #expect(found.map(\.kind) == [.circularFlow])
        #expect(found.first?.detail.components(separatedBy: "writeRead").count == length + 1)
    }
}
