import Weir
import WeirStore

/// A component could not start: trying again would not help.
struct SetupFailure: Error {
    let cause: any Error
}

/// A bolt could not process a tuple, or what it gathered from the tuples of a batch: it may be a tuple's fault, so the batch may be taken apart.
///
/// Everything else, a spout's error, a tick's, a store that cannot be read, is not: taking batches apart would only condemn tuples that are good.
struct TupleFailure: Error {
    let cause: any Error

    /// Nil when no tuple can be at fault.
    init?(_ error: any Error) {
        if error is StoreError { return nil }
        if let error = error as? StateError, ![.keySize, .valueSize, .notACounter, .overflow].contains(error.code) { return nil }
        cause = error
    }
}
