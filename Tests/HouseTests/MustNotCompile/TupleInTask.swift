// A tuple is a view of an arena that is used again as soon as `execute` has returned.
// expect: 'tuple' cannot be captured by an escaping closure
import WeirTopology

struct Later: Bolt {
    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        _ = Task { _ = try tuple[0].int }
    }
}
