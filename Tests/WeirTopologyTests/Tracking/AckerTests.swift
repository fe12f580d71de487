import Testing
import WeirTesting

@testable import WeirTopology

@Suite("The acker")
struct AckerTests {
    /// A tree of work: node 0 is the spout's emission; each node is an edge that, when consumed, makes its children.
    static let trees: [[[Int]]] = [
        [[1], []], [[1, 2], [], []], [[1], [2], []], [[1, 2], [3], [3], []], [[1], [2, 3], [4], [4], []], [[1, 2], [3, 4], [], [], []],
    ]

    /// Every order in which the reports can come, those included in which a report overtakes the spout's.
    static func orders(_ tree: [[Int]]) -> [[Int]] {
        func permute(_ left: [Int]) -> [[Int]] {
            left.isEmpty ? [[]] : left.flatMap { first in permute(left.filter { $0 != first }).map { [first] + $0 } }
        }
        return permute(Array(tree.indices))
    }

    @Test("a root is settled with the last report, in whatever order they come", arguments: trees)
    func everyOrder(_ tree: [[Int]]) {
        // Edges: (maker, made) pairs, each with an ID of its own.
        var edges: [[Int]: UInt64] = [:]
        var random = SeededGenerator(seed: 7)
        for (maker, made) in tree.enumerated() { for child in made { edges[[maker, child]] = random.next() } }
        func report(of node: Int) -> UInt64 {
            let consumed = edges.filter { $0.key[1] == node }.values.reduce(0, ^)
            let made = edges.filter { $0.key[0] == node }.values.reduce(0, ^)
            return consumed ^ made
        }
        for order in Self.orders(tree) {
            var acker = Acker()
            var settledAt: Int?
            for (step, node) in order.enumerated() {
                var settled: [Acker.Settled] = []
                if node == 0 {
                    if acker.begin(9, edges: report(of: 0), owner: 3) { settled.append(Acker.Settled(root: 9, owner: 3)) }
                } else {
                    acker.report([Tracking.Due(root: 9, edges: report(of: node))], settled: &settled)
                }
                if !settled.isEmpty {
                    #expect(settledAt == nil)
                    #expect(settled == [Acker.Settled(root: 9, owner: 3)])
                    settledAt = step
                }
            }
            #expect(settledAt == order.count - 1, "\(order)")
            #expect(acker.count == 0)
        }
    }

    @Test("one report is taken as a whole: a root named twice in it is not settled in between")
    func wholeReport() {
        var acker = Acker()
        let begun1 = acker.begin(1, edges: 5, owner: 0)
        #expect(!begun1)
        var settled: [Acker.Settled] = []
        acker.report(
            [Tracking.Due(root: 1, edges: 5), Tracking.Due(root: 2, edges: 8), Tracking.Due(root: 1, edges: 9)], settled: &settled)
        #expect(settled.isEmpty)
        acker.report([Tracking.Due(root: 1, edges: 9)], settled: &settled)
        #expect(settled == [Acker.Settled(root: 1, owner: 0)])
    }

    @Test("a root times out after two to three turns, and only once")
    func timeout() {
        var acker = Acker()
        let begun2 = acker.begin(1, edges: 5, owner: 4)
        #expect(!begun2)
        #expect(acker.rotate().isEmpty)
        let begun3 = acker.begin(2, edges: 6, owner: 4)
        #expect(!begun3)
        #expect(acker.rotate().isEmpty)
        #expect(acker.rotate() == [Acker.Settled(root: 1, owner: 4)])
        #expect(acker.rotate() == [Acker.Settled(root: 2, owner: 4)])
        #expect(acker.rotate().isEmpty)
        // What comes late for it settles nothing, and is forgotten.
        var settled: [Acker.Settled] = []
        acker.report([Tracking.Due(root: 1, edges: 5)], settled: &settled)
        #expect(settled.isEmpty)
        for _ in 0..<3 { #expect(acker.rotate().isEmpty) }
        #expect(acker.count == 0)
    }

    @Test("a failed root is told to its spout at once, and never settles")
    func failure() {
        var acker = Acker()
        let begun4 = acker.begin(1, edges: 5, owner: 2)
        #expect(!begun4)
        #expect(acker.fail(1) == Acker.Settled(root: 1, owner: 2))
        #expect(acker.fail(1) == nil)
        var settled: [Acker.Settled] = []
        acker.report([Tracking.Due(root: 1, edges: 5)], settled: &settled)
        #expect(settled.isEmpty)
    }
}
