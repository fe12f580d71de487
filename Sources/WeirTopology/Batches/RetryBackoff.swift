/// Decides how long to wait before a topology starts again, and whether a store that fails is given more time. A pure value.
///
/// The first failure after a commit is followed at once: most that can pass has passed. Then the wait doubles up to its limit, and a part of it is
/// drawn, so that many topologies on one full disk do not come back at the same moment (exponential backoff with jitter).
struct RetryBackoff: Equatable {
    private let first: Duration
    private let longest: Duration
    private let patience: Duration
    /// Failures since something was committed.
    private(set) var failures = 0
    /// What was waited since something was committed.
    private(set) var waited = Duration.zero

    init(_ configuration: TopologyConfiguration) {
        first = configuration.retryWait
        longest = max(configuration.retryWait, configuration.maximumRetryWait)
        patience = configuration.retryDuration
    }

    /// Whether a failure that may pass is tried again, however many there were.
    var isPatient: Bool { waited < patience }

    /// Something was committed.
    mutating func committed() {
        failures = 0
        waited = .zero
    }

    /// How long to wait before the next attempt. `random` is any number: between half of the wait and all of it is waited.
    mutating func failed(random: UInt64) -> Duration {
        failures += 1
        guard failures > 1 else { return .zero }
        // Doubled step by step, so that no number of failures can overflow.
        var wait = first
        var doublings = failures - 2
        while doublings > 0, wait < longest {
            wait *= 2
            doublings -= 1
        }
        let half = min(wait, longest) / 2
        let drawn = half + half * (Double(random >> 11) * 0x1p-53)
        waited += drawn
        return drawn
    }
}
