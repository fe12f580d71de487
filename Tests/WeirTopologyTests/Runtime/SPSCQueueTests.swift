import Synchronization
import Testing
import WeirStore

@testable import WeirTopology

@Suite("The queue between two tasks")
struct SPSCQueueTests {
    @Test("it is first in, first out, and refuses what does not fit", arguments: [1, 2, 3, 8])
    func order(_ capacity: Int) {
        let queue = SPSCQueue(capacity: capacity)
        var size = 0
        while queue.push(UInt(size)) { size += 1 }
        #expect(size >= capacity)
        #expect(size < 2 * capacity || capacity == 1)
        for round in 0..<100 as Range<UInt> {
            #expect(queue.pop() == round)
            #expect(queue.push(UInt(size) + round))
            #expect(!queue.push(0))
        }
        for rest in 0..<size { #expect(queue.pop() == 100 + UInt(rest)) }
        #expect(queue.pop() == nil)
        #expect(queue.isEmpty)
    }

    @Test("two threads: everything arrives, in order, once")
    func twoThreads() async throws {
        let queue = SPSCQueue(capacity: 4)
        let count: UInt = 200_000
        try DedicatedThread.start(for: "a test") {
            var next: UInt = 1
            while next <= count { if queue.push(next) { next += 1 } }
        }
        let wrong = await withCheckedContinuation { continuation in
            do {
                try DedicatedThread.start(for: "a test") {
                    var expected: UInt = 1
                    var wrong = 0
                    while expected <= count {
                        guard let word = queue.pop() else { continue }
                        if word != expected { wrong += 1 }
                        expected += 1
                    }
                    continuation.resume(returning: wrong)
                }
            } catch { continuation.resume(returning: -1) }
        }
        #expect(wrong == 0)
    }
}
