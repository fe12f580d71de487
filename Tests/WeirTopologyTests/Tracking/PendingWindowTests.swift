import Testing
import WeirTesting

@testable import WeirTopology

@Suite("What a partition has under way")
struct PendingWindowTests {
    @Test("the watermark is below the lowest root that is not processed, in every order of processing")
    func everyOrder() {
        func permute(_ left: [UInt64]) -> [[UInt64]] {
            left.isEmpty ? [[]] : left.flatMap { first in permute(left.filter { $0 != first }).map { [first] + $0 } }
        }
        for order in permute([1, 2, 3, 4, 5]) {
            var window = PendingWindow(from: 100)
            for root in 1...5 as ClosedRange<UInt64> {
                window.emitted(100 + (root - 1) * 10..<100 + root * 10, root: root, tuples: 10)
            }
            var done: Set<UInt64> = []
            for root in order {
                window.processed(root)
                done.insert(root)
                let lowest = (1...5 as ClosedRange<UInt64>).first { !done.contains($0) } ?? 6
                #expect(window.watermark == 100 + (lowest - 1) * 10)
                #expect(window.tuples == 10 * (5 - done.count))
            }
            #expect(window.isSettled)
        }
    }

    @Test("a failed range is replayed, in parts if need be, and holds the watermark until all of it is processed")
    func replay() {
        var window = PendingWindow(from: 0)
        window.emitted(0..<10, root: 1, tuples: 10)
        window.emitted(10..<20, root: 2, tuples: 10)
        #expect(window.nextReplay == nil)
        #expect(window.failed(1) == 0..<10)
        window.processed(2)
        #expect(window.watermark == 0)
        #expect(!window.hasPending)
        #expect(window.nextReplay == .init(range: 0..<10, failures: 1))
        window.replayed(0..<4, root: 3, tuples: 4)
        #expect(window.nextReplay == .init(range: 4..<10, failures: 1))
        window.processed(3)
        #expect(window.watermark == 4)
        window.replayed(4..<10, root: 4, tuples: 6)
        #expect(window.nextReplay == nil)
        #expect(window.failed(4) == 4..<10)
        #expect(window.nextReplay == .init(range: 4..<10, failures: 2))
        window.replayed(4..<10, root: 0, tuples: 0)
        #expect(window.watermark == 20)
        #expect(window.isSettled)
        #expect(window.tuples == 0)
    }

    @Test("roots that are not known are let pass")
    func unknown() {
        var window = PendingWindow(from: 0)
        window.emitted(0..<10, root: 1, tuples: 10)
        window.processed(7)
        #expect(window.failed(8) == nil)
        window.processed(1)
        window.processed(1)
        #expect(window.failed(1) == nil)
        #expect(window.watermark == 10)
    }

    @Test("random failures and replays: the watermark never passes what is not processed, and gets to the end")
    func random() {
        var random = SeededGenerator.random()
        for _ in 0..<300 {
            var window = PendingWindow(from: 0)
            var processed: Set<UInt64> = []
            var underWay: [UInt64: Range<UInt64>] = [:]
            var next: UInt64 = 0
            var root: UInt64 = 0
            while processed.count < 200 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where next < 200:
                    let end = min(200, next + UInt64.random(in: 1...20, using: &random))
                    root += 1
                    window.emitted(next..<end, root: root, tuples: Int(end - next))
                    underWay[root] = next..<end
                    next = end
                case 1:
                    guard let (key, range) = underWay.randomElement(using: &random) else { continue }
                    underWay[key] = nil
                    window.processed(key)
                    processed.formUnion(range)
                case 2:
                    guard let key = underWay.keys.randomElement(using: &random), Bool.random(using: &random) else { continue }
                    underWay[key] = nil
                    #expect(window.failed(key) != nil)
                default:
                    guard let replay = window.nextReplay else { continue }
                    let end = UInt64.random(in: replay.range.lowerBound + 1...replay.range.upperBound, using: &random)
                    root += 1
                    window.replayed(replay.range.lowerBound..<end, root: root, tuples: Int(end - replay.range.lowerBound))
                    underWay[root] = replay.range.lowerBound..<end
                }
                let lowest = (0..<200 as Range<UInt64>).first { !processed.contains($0) } ?? 200
                #expect(window.watermark <= lowest, "\(random)")
            }
            #expect(window.watermark == 200, "\(random)")
            #expect(window.tuples == 0, "\(random)")
        }
    }
}
