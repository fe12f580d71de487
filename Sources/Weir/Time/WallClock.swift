#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where timestamps come from. Configurations carry one, so that a test can turn the time by hand (`ManualClock` of WeirTesting).
///
/// A wall clock may jump: machines without a battery-backed clock start in 1970. What depends on time here says what a jump does.
public struct WallClock: Sendable {
    private let read: @Sendable () -> Timestamp

    /// A clock that asks `read`. It is called on any thread, also on the committer's: it must not block.
    public init(_ read: @escaping @Sendable () -> Timestamp) { self.read = read }

    /// The time now.
    public func now() -> Timestamp { read() }

    /// The system's real-time clock (`CLOCK_REALTIME`). Reads as 1970 where the system has none.
    public static let system = WallClock {
        var time = timespec()
        guard clock_gettime(CLOCK_REALTIME, &time) == 0, time.tv_sec >= 0 else { return Timestamp(milliseconds: 0) }
        return Timestamp(milliseconds: UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000)
    }
}
