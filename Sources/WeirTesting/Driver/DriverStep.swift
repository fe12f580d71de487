public import WeirTopology

/// One thing that happens to a topology under test. An array of them is a scenario, as literals:
///
///     ["to be", "or not", .commit, "to be", .crash, .commit]
///
/// A string alone is a tuple with this one value.
public struct DriverStep: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    enum Kind: Sendable {
        case tuple(ScriptedTuple, spout: String?, partition: UInt32)
        case commit, rollback, crash, replay
        case crashLater(decisions: Int)
        case advance(Duration, settling: Bool)
    }
    let kind: Kind
    /// As it is written.
    public let description: String

    /// The next tuple of a spout's partition: put at its end. The spout may be left out where the topology has but one.
    public static func tuple(
        _ values: any TupleEncodable & Sendable..., to spout: String? = nil, partition: UInt32 = 0,
        stream: String = StreamDeclaration.defaultName
    ) -> DriverStep {
        let text = values.map { "\($0)" }.joined(separator: ", ")
        return DriverStep(
            kind: .tuple(ScriptedTuple(values: values, stream: stream), spout: spout, partition: partition), description: ".tuple(\(text))")
    }

    /// The commit interval passes, and everything that was given is committed.
    public static let commit = DriverStep(kind: .commit, description: ".commit")
    /// As ``commit``, but the first commit is undone inside of the store, as when a write in it fails: the topology starts again from the last one.
    /// What was undone is processed again and waits for the next commit.
    public static let rollback = DriverStep(kind: .rollback, description: ".rollback")
    /// The process ends here, and another one opens the store: what is not committed is read again from the source.
    public static let crash = DriverStep(kind: .crash, description: ".crash")
    /// The source breaks off: the topology starts again from its last commit in the same process.
    public static let replay = DriverStep(kind: .replay, description: ".replay")
    /// The process ends after so many of the scheduler's decisions from here on, in the middle of whatever it does then.
    public static func crash(after decisions: Int) -> DriverStep {
        DriverStep(kind: .crashLater(decisions: decisions), description: ".crash(after: \(decisions))")
    }
    /// Time passes: ticks are due, batches are committed, tuples time out. With `settling`, everything that there is to do is done at each commit interval;
    /// otherwise as much as the seed says, so that several batches are under way.
    public static func advance(_ duration: Duration, settling: Bool = true) -> DriverStep {
        DriverStep(kind: .advance(duration, settling: settling), description: ".advance(\(duration)\(settling ? "" : ", settling: false"))")
    }

    /// A tuple with one string.
    public init(stringLiteral value: String) { self = .tuple(value) }

    private init(kind: Kind, description: String) {
        self.kind = kind
        self.description = description
    }
}

struct ScriptedTuple: Sendable {
    let values: [any TupleEncodable & Sendable]
    let stream: String
}
