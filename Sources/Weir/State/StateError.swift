/// Why keyed state could not do what it was asked for: a code to decide by, and one line that says what to do.
public struct StateError: Error, Sendable {
    /// What kind of failure it is. New kinds may come: keep a default case.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case keySize, valueSize, notACounter, overflow, invalidName, alreadyOpen, notFound, storeFailed, journalLimit, superseded,
                corrupt
        }
        private let kind: Kind

        /// A key is empty or longer than 511 bytes.
        public static let keySize = Code(kind: .keySize)
        /// A value is longer than the store's configuration allows.
        public static let valueSize = Code(kind: .valueSize)
        /// A value that is to be counted up has not 8 bytes.
        public static let notACounter = Code(kind: .notACounter)
        /// A counter would leave the range of 64 bits.
        public static let overflow = Code(kind: .overflow)
        /// A topology's or a state's name is not allowed.
        public static let invalidName = Code(kind: .invalidName)
        /// The state of this name and task was handed out already.
        public static let alreadyOpen = Code(kind: .alreadyOpen)
        /// There is no state of that name.
        public static let notFound = Code(kind: .notFound)
        /// The store refused a read or a write; `cause` says why.
        public static let storeFailed = Code(kind: .storeFailed)
        /// The journal's tail has reached its limit and cannot be folded in one commit.
        public static let journalLimit = Code(kind: .journalLimit)
        /// The journal was opened again, or a commit before this one did not happen.
        public static let superseded = Code(kind: .superseded)
        /// What the journal holds is not what was written.
        public static let corrupt = Code(kind: .corrupt)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// One line: what happened, with the numbers, and what to do.
    public let message: String
    /// What the store said, where it was the reason.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    static func corrupt(_ message: String) -> StateError {
        StateError(.corrupt, "\(message) Run `weir verify`, and restore a backup.")
    }

    static func keySize(_ count: Int) -> StateError {
        StateError(.keySize, "A key of \(count) bytes was given to a state; a key has 1 to \(StateLimits.keyBytes) bytes.")
    }
}

extension StateError: Equatable {
    /// Errors are alike when their codes are.
    public static func == (a: StateError, b: StateError) -> Bool { a.code == b.code }
}

extension StateError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}

enum StateLimits {
    /// LMDB's own limit.
    static let keyBytes = 511
}
