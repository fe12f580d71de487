/// What a function wrapped in `ExactlyOnce` remembers, and for how long.
public struct ExactlyOnceConfiguration: Sendable {
    /// How many responses to message IDs are kept, and for how long. A duplicate that comes later than that is not recognised and runs again: choose more
    /// than senders ever take to send again. (Stripe keeps idempotency keys for a day.)
    public var responses: ExpiryPolicy
    /// Bytes of a response to a message ID. A longer one throws `.tooLarge`, and its effects are undone.
    public var maximumResponseBytes: Int
    /// How producers are let in, for the form with producer, epoch and sequence. Its answers are the responses, so `maximumAnswerBytes` limits them.
    public var producers: SequenceGateConfiguration
    /// Where the times of responses come from.
    public var clock: WallClock

    /// A million responses of up to 64 KiB, for a day after they were given, and producers that number themselves.
    public init(
        responses: ExpiryPolicy = ExpiryPolicy(maximumCount: 1_000_000, maximumAge: .seconds(86_400)),
        maximumResponseBytes: Int = 65_536,
        producers: SequenceGateConfiguration = SequenceGateConfiguration(numbering: .selfNumbered),
        clock: WallClock = .system
    ) {
        self.responses = responses
        self.maximumResponseBytes = maximumResponseBytes
        self.producers = producers
        self.clock = clock
    }
}
