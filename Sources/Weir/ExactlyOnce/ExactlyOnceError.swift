/// Why the exactly-once middleware refused something: a code to decide by, and one line for people that says what to do.
///
/// Nothing was changed when one of these is thrown, provided that it leaves the closure of `Store.write`.
public struct ExactlyOnceError: Error, Sendable {
    /// What kind of refusal it is. New kinds may come: keep a default case.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case producerFenced, producerEpochUnknown, producerUnknown, sequenceOutOfOrder, sequenceDuplicate, batchMalformed
            case offsetGap
            case batchOutOfOrder, batchFenced, tooManyBatches
            case inputConflict, responseType
            case deadLettersFull
            case tooLarge, invalidArgument
        }
        private let kind: Kind

        // Producers

        /// A newer epoch of this producer exists: stop. Kafka: INVALID_PRODUCER_EPOCH, PRODUCER_FENCED.
        public static let producerFenced = Code(kind: .producerFenced)
        /// The epoch is newer than any that was handed out.
        public static let producerEpochUnknown = Code(kind: .producerEpochUnknown)
        /// Nothing is known of the producer, so what it sends cannot be told from a duplicate: register, and begin at sequence 0.
        /// Kafka: UNKNOWN_PRODUCER_ID.
        public static let producerUnknown = Code(kind: .producerUnknown)
        /// Earlier sequences are missing. Kafka: OUT_OF_ORDER_SEQUENCE_NUMBER.
        public static let sequenceOutOfOrder = Code(kind: .sequenceOutOfOrder)
        /// The effects are in, but the first answer is no longer remembered: go on. Kafka: DUPLICATE_SEQUENCE_NUMBER.
        public static let sequenceDuplicate = Code(kind: .sequenceDuplicate)
        /// A batch of no messages, or of more than can be numbered.
        public static let batchMalformed = Code(kind: .batchMalformed)

        // Sources

        /// A batch begins above the committed offset: what lies between was never seen.
        public static let offsetGap = Code(kind: .offsetGap)

        // Batches

        /// A batch was to be committed before its predecessor, or is older than the value it would change.
        public static let batchOutOfOrder = Code(kind: .batchOutOfOrder)
        /// The attempt was replaced by a newer one: stop.
        public static let batchFenced = Code(kind: .batchFenced)
        /// As many batches as allowed are pending.
        public static let tooManyBatches = Code(kind: .tooManyBatches)

        // Functions

        /// The ID was used before, with another input.
        public static let inputConflict = Code(kind: .inputConflict)
        /// The stored response is of another type than the function returns now.
        public static let responseType = Code(kind: .responseType)

        // Dead letters

        /// The dead-letter table has reached its limit.
        public static let deadLettersFull = Code(kind: .deadLettersFull)

        // Arguments

        /// A response, an answer or an ID is longer than its limit.
        public static let tooLarge = Code(kind: .tooLarge)
        /// The caller asked for something that cannot be.
        public static let invalidArgument = Code(kind: .invalidArgument)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// The kind of refusal.
    public let code: Code
    /// One line: what happened, with the numbers, and what to do.
    public let message: String

    /// An error of this kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same call may succeed later, unchanged: after a predecessor has arrived, or space was made.
    public var isRetriable: Bool {
        switch code {
        case .sequenceOutOfOrder, .offsetGap, .batchOutOfOrder, .tooManyBatches, .deadLettersFull: true
        default: false
        }
    }

    /// Whether the effects asked for are already in, so that the caller may go on as if the call had succeeded.
    public var isAlreadyDone: Bool { code == .sequenceDuplicate }
}

extension ExactlyOnceError: Equatable {
    /// Errors are alike when their codes are.
    public static func == (a: ExactlyOnceError, b: ExactlyOnceError) -> Bool { a.code == b.code }
}

extension ExactlyOnceError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
