package import Weir

/// What a run takes from outside besides its store: time and randomness. The machine's, but in a test, where the driver decides all of it and the same
/// seed gives the same run.
package struct RunSurroundings: Sendable {
    /// Nanoseconds that only go forward.
    package var now: @Sendable () -> UInt64 = { MonotonicTime.now }
    /// For what is stored with a time.
    package var wallClock = WallClock.system
    /// What the IDs of roots and edges are drawn from; nil: the system's randomness.
    package var seed: UInt64?

    package init() {}

    func generator(attempt: Int) -> SplitMix {
        var system = SystemRandomNumberGenerator()
        return SplitMix(seed: seed.map { $0 &+ UInt64(attempt) &* 0x9E37_79B9_7F4A_7C15 } ?? system.next())
    }
}
