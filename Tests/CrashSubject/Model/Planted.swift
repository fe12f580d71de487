import ArgumentParser

/// A bug that the program has on purpose: whoever checks it must find it.
enum Planted: String, ExpressibleByArgument, CaseIterable {
    case nothing
    /// A step is acknowledged before it is committed.
    case acknowledgesEarly = "acknowledges-early"
    /// The offset is committed after what was made of the input, not with it.
    case offsetOutside = "offset-outside"
    /// A commit that fails is taken for one that was made.
    case ignoresErrors = "ignores-errors"
}
