// What is emitted belongs to the tuple that is being executed: an output cannot be used later.
// expect: escaping closure captures 'inout' parameter 'output'
import WeirTopology

struct Later: Bolt {
    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        _ = Task { output.emit("late") }
    }
}
