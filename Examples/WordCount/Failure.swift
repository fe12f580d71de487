import WeirConnectors
import WeirStore
import WeirTopology

/// An error that is one line for whoever typed the command.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// What lies behind an error, in its own words: a topology that gave up says why.
    init(explaining error: any Error, store: String) {
        switch error {
        case let failure as Failure: self = failure
        case let error as TopologyError: self = error.cause.map { Failure(explaining: $0, store: store) } ?? Failure(error.message)
        case let error as StoreError: self.init(error.message.contains(store) ? error.message : "The store \(store): \(error.message)")
        default: self.init("\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }
}
