import Weir
import WeirStore

/// What a failed call said, reduced to what the model decides by.
struct Failure: CustomStringConvertible {
    /// The code's name, for people and for the checks.
    let code: String
    /// Whether what was tried may be there nevertheless.
    let isUnknown: Bool
    let description: String

    /// Nil for an error without a type of ours: nobody could decide by it.
    init?(_ error: any Error) {
        switch error {
        case let error as StoreError:
            (code, isUnknown, description) = (error.code.description, error.code == .outcomeUnknown, "\(error)")
        case let error as StateError:
            let cause = error.cause.flatMap { Failure($0) }
            code = "state.\(error.code)" + (cause.map { ".\($0.code)" } ?? "")
            (isUnknown, description) = (cause?.isUnknown ?? false, "\(error)")
        case let error as ExactlyOnceError:
            (code, isUnknown, description) = ("function.\(error.code)", false, "\(error)")
        case is ModelTables.OutOfOrder:
            (code, isUnknown, description) = ("out-of-order", false, "A step came before its predecessor.")
        default: return nil
        }
    }
}
