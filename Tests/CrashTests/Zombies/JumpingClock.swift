import Weir
import WeirTesting

/// A wall clock that goes on by up to a day at a time, and jumps as the clocks of small machines do: to 1970 after a start without a battery, far ahead after
/// a wrong message, and back. Each jump lasts for some readings.
struct JumpingClock {
    private var random: SeededGenerator
    /// What a right clock would show.
    private(set) var truth: UInt64 = 1_767_225_600_000
    private var wrong: (readings: Int, offset: Int64)?
    /// The latest that it has ever shown.
    private(set) var latest: UInt64 = 0
    private(set) var jumps = 0

    static let day: UInt64 = 86_400_000

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Time goes on by some part of this.
    mutating func pass(_ milliseconds: UInt64) { truth += UInt64.random(in: 0...milliseconds, using: &random) }

    /// What it shows now.
    mutating func reading() -> Timestamp {
        if let wrong { self.wrong = wrong.readings > 1 ? (wrong.readings - 1, wrong.offset) : nil } else { jump() }
        let shown = UInt64(clamping: Int64(truth) + (wrong?.offset ?? 0))
        latest = max(latest, shown)
        return Timestamp(milliseconds: shown)
    }

    private mutating func jump() {
        guard Int.random(in: 0..<100, using: &random) == 0 else { return }
        jumps += 1
        let readings = Int.random(in: 1...40, using: &random)
        let days = Int64.random(in: 1...400, using: &random) * Int64(Self.day)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: wrong = (readings, -Int64(truth))
        case 1: wrong = (readings, -days)
        case 2: wrong = (readings, Int64.random(in: 0...3_600_000, using: &random))
        default: wrong = (readings, days)
        }
    }
}
