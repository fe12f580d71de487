/// Why the store could not do what it was asked for: a code to decide by, and one line for people that says what to do.
public struct StoreError: Error, Sendable {
    /// What kind of failure it is. New kinds may come: keep a default case.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case notFound, notAStore, busy, untrusted, formatVersion, typeMismatch, keySize, valueSize, tooManyTables, transactionTooLarge
            case full, diskFull, corrupt, tooManyReaders, overloaded, offsetRegression, outcomeUnknown, readOnly, closed, io,
                invalidArgument
        }
        private let kind: Kind

        /// There is nothing at that path, or no table of that name.
        public static let notFound = Code(kind: .notFound)
        /// The folder holds something, but no store of Weir's.
        public static let notAStore = Code(kind: .notAStore)
        /// Another process holds the store for writing.
        public static let busy = Code(kind: .busy)
        /// A link, a foreign owner, or a mode that lets others write: somebody else could change the store.
        public static let untrusted = Code(kind: .untrusted)
        /// The store was written by another version of the format.
        public static let formatVersion = Code(kind: .formatVersion)
        /// A table was opened with other types than it was created with.
        public static let typeMismatch = Code(kind: .typeMismatch)
        /// A key is empty or longer than 511 bytes.
        public static let keySize = Code(kind: .keySize)
        /// A value is longer than the configuration allows.
        public static let valueSize = Code(kind: .valueSize)
        /// The configured number of tables is reached.
        public static let tooManyTables = Code(kind: .tooManyTables)
        /// One transaction writes more than the configuration allows.
        public static let transactionTooLarge = Code(kind: .transactionTooLarge)
        /// The store has reached its maximum size.
        public static let full = Code(kind: .full)
        /// The disk, a quota or a file-size limit is reached.
        public static let diskFull = Code(kind: .diskFull)
        /// What was read is not what was written.
        public static let corrupt = Code(kind: .corrupt)
        /// All reader slots are in use.
        public static let tooManyReaders = Code(kind: .tooManyReaders)
        /// More writes are waiting than the configuration allows.
        public static let overloaded = Code(kind: .overloaded)
        /// A source's offset would go backwards.
        public static let offsetRegression = Code(kind: .offsetRegression)
        /// The commit may or may not be on disk, and it could not be found out.
        public static let outcomeUnknown = Code(kind: .outcomeUnknown)
        /// The store was opened for reading only.
        public static let readOnly = Code(kind: .readOnly)
        /// The store was closed.
        public static let closed = Code(kind: .closed)
        /// The system refused a call.
        public static let io = Code(kind: .io)
        /// The caller asked for something that cannot be.
        public static let invalidArgument = Code(kind: .invalidArgument)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// One line: what happened, with the numbers, and what to do.
    public let message: String
    /// LMDB's code (below -30000) or `errno`, where one of them was the reason.
    public let rawCode: Int32?

    /// An error of this kind.
    public init(_ code: Code, _ message: String, rawCode: Int32? = nil) {
        self.code = code
        self.message = message
        self.rawCode = rawCode
    }

    /// Whether the same call may succeed later, unchanged: after space was made, a holder left, or the load went down.
    public var isRetriable: Bool {
        switch code {
        case .busy, .full, .diskFull, .tooManyReaders, .overloaded, .io: true
        default: false
        }
    }
}

extension StoreError: Equatable {
    /// Errors are alike when their codes are.
    public static func == (a: StoreError, b: StoreError) -> Bool { a.code == b.code && a.rawCode == b.rawCode }
}

extension StoreError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
