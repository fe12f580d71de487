import Testing

@testable import WeirTopology

@Suite("What happens to a batch that fails")
struct BatchFailurePolicyTests {
    static func origin(_ tuple: Int) -> BatchFailurePolicy.Origin { .init(component: "s", partition: 0, offset: UInt64(tuple)) }

    /// Runs tuples 0..<count in batches of at most `batch`; the ones in `poison` make their batch fail. Returns what went to the dead letters, and the attempts.
    static func run(
        _ count: Int, batch: Int, poison: Set<Int>, maximumAttempts: Int
    ) -> (deadLetters: [Int], committed: Int, attempts: Int)? {
        var policy = BatchFailurePolicy(maximumAttempts: maximumAttempts)
        var position = 0
        var dead: [Int] = []
        var committed = 0
        var attempts = 0
        while position < count {
            attempts += 1
            guard attempts < 10_000 else { return nil }
            let size = min(policy.plan.batchLimit ?? batch, count - position)
            let tuples = position..<position + size
            let diverted = tuples.filter { policy.plan.poison.contains(origin($0)) }
            if tuples.contains(where: { poison.contains($0) && !diverted.contains($0) }) {
                let single = size == 1 ? origin(position) : nil
                guard case .again = policy.failed(.init(isProcessing: true, emitted: size, single: single)) else { return nil }
            } else {
                policy.committed(size, deadLetters: diverted.map(origin))
                dead += diverted
                committed += size - diverted.count
                position += size
            }
        }
        return (dead, committed, attempts)
    }

    @Test("exactly the poison tuples go to the dead letters, wherever and however many they are", arguments: 1...4)
    func exhaustive(_ maximumAttempts: Int) throws {
        for count in 1...9 {
            for batch in 1...count {
                for mask in 0..<1 << count {
                    let poison = Set((0..<count).filter { mask & 1 << $0 != 0 })
                    let result = try #require(Self.run(count, batch: batch, poison: poison, maximumAttempts: maximumAttempts))
                    #expect(result.deadLetters == poison.sorted(), "\(count) tuples in batches of \(batch), poison \(poison)")
                    #expect(result.committed == count - poison.count)
                }
            }
        }
    }

    @Test("one poison tuple in a large batch costs the attempts and some halvings")
    func cost() throws {
        for poison in [0, 1, 4_999, 9_999] {
            let result = try #require(Self.run(10_000, batch: 10_000, poison: [poison], maximumAttempts: 3))
            #expect(result.deadLetters == [poison])
            #expect(result.attempts < 3 + 3 * 15)
        }
    }

    @Test("a failure that passes takes nothing apart")
    func transient() {
        var policy = BatchFailurePolicy(maximumAttempts: 3)
        for _ in 0..<20 {
            #expect(policy.failed(.init(isProcessing: true, emitted: 100, single: nil)) == .again(.init()))
            #expect(policy.failed(.init(isProcessing: true, emitted: 100, single: nil)) == .again(.init()))
            policy.committed(100)
        }
        #expect(policy.plan == .init())
    }

    @Test("commits that fail are tried a stated number of times, and no tuple is blamed")
    func commits() {
        var policy = BatchFailurePolicy(maximumAttempts: 3)
        #expect(policy.failed(.init(isProcessing: false, emitted: 5, single: nil)) == .again(.init()))
        #expect(policy.failed(.init(isProcessing: false, emitted: 5, single: nil)) == .again(.init()))
        #expect(policy.failed(.init(isProcessing: false, emitted: 5, single: nil)) == .giveUp)
    }

    @Test("a commit that fails while a batch is taken apart does not end the search")
    func commitWhileTakenApart() {
        var policy = BatchFailurePolicy(maximumAttempts: 3)
        for _ in 0..<8 { _ = policy.failed(.init(isProcessing: true, emitted: 1_000, single: nil)) }
        let plan = policy.plan
        #expect(plan.batchLimit != nil)
        for _ in 0..<2 { #expect(policy.failed(.init(isProcessing: false, emitted: 4, single: nil)) == .again(plan)) }
        #expect(policy.failed(.init(isProcessing: false, emitted: 4, single: nil)) == .giveUp)
    }

    @Test("what fails without a tuple, or without end, is given up")
    func givesUp() {
        var idle = BatchFailurePolicy(maximumAttempts: 2)
        #expect(idle.failed(.init(isProcessing: true, emitted: 0, single: nil)) == .again(.init()))
        #expect(idle.failed(.init(isProcessing: true, emitted: 0, single: nil)) == .giveUp)
        var endless = BatchFailurePolicy(maximumAttempts: 2)
        var rounds = 0
        while case .again = endless.failed(.init(isProcessing: true, emitted: 1_000, single: nil)), rounds < 1_000 { rounds += 1 }
        #expect(rounds < 100)
    }
}
