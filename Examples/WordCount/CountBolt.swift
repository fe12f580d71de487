import Weir
import WeirTopology

/// Takes words and counts them in its state, which is in the same commit as the offsets of the lines that the words came from.
struct CountBolt: Bolt {
    private var counts: KeyedState?

    mutating func prepare(_ context: BoltContext) throws { counts = try context.state }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        guard let counts else { preconditionFailure("A bolt is prepared before it executes.") }
        try counts.add(1, to: try tuple[0].unsafeBytes)
    }
}
