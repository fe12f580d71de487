import Synchronization
import WeirTesting

/// What happens once in so many times, as a seed has it. Shared by threads.
final class Chance: Sendable {
    private let oneIn: Int
    private let random: Mutex<SeededGenerator>

    /// 0: never.
    init(oneIn: Int, seed: UInt64) {
        self.oneIn = oneIn
        random = Mutex(SeededGenerator(seed: seed))
    }

    func draw() -> Bool { oneIn > 0 && random.withLock { Int.random(in: 0..<oneIn, using: &$0) } == 0 }
}
