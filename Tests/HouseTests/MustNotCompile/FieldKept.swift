// A field is borrowed from its tuple: what is kept has to be copied out of it.
// expect: stored property 'last' of 'Escapable'-conforming struct 'Keeping' has non-Escapable type
import WeirTopology

struct Keeping: Bolt {
    var last: TupleField

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws { last = try tuple[0] }
}
