/// How often a tuple has its effect, whatever fails. Chosen per run.
public struct Guarantee: Sendable, Hashable, CustomStringConvertible {
    enum Kind: Hashable { case atMostOnce, atLeastOnce, exactlyOnce }
    let kind: Kind
    /// How often offsets and states are committed.
    public let commitInterval: Duration

    /// Nothing is tracked: what was under way in a failure is lost, nothing counts twice.
    public static func atMostOnce(commitEvery interval: Duration = .milliseconds(100)) -> Guarantee {
        Guarantee(kind: .atMostOnce, commitInterval: interval)
    }

    /// Tuples are tracked (Storm's ackers): what failed is replayed, so nothing is lost and some may count twice.
    public static func atLeastOnce(commitEvery interval: Duration = .milliseconds(100)) -> Guarantee {
        Guarantee(kind: .atLeastOnce, commitInterval: interval)
    }

    /// Offsets, states and staged writes of a batch are one commit: each tuple counts once.
    public static func exactlyOnce(commitEvery interval: Duration = .milliseconds(10)) -> Guarantee {
        Guarantee(kind: .exactlyOnce, commitInterval: interval)
    }

    /// Its name.
    public var description: String {
        switch kind {
        case .atMostOnce: "at-most-once"
        case .atLeastOnce: "at-least-once"
        case .exactlyOnce: "exactly-once"
        }
    }
}
