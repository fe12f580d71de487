/// Who numbers the producers of a gate.
public struct ProducerNumbering: Hashable, Sendable {
    private let registers: Bool
    /// The gate: `register` hands out IDs and epochs, and only these are let in. Registering again fences the incarnation before at once.
    public static let registered = ProducerNumbering(registers: true)
    /// The producers themselves, by serial number for example, and each counts its own epoch on (a stored boot counter). A new epoch fences
    /// the older ones, in each partition, when its first batch arrives.
    public static let selfNumbered = ProducerNumbering(registers: false)
}

/// What a gate remembers, for how long, and whom it lets in. A gate's rows of the two numberings lie apart.
public struct SequenceGateConfiguration: Hashable, Sendable {
    /// Who numbers the producers.
    public var numbering: ProducerNumbering
    /// From where a producer may begin that nothing is known of.
    public var unknownProducers: UnknownProducerRule
    /// How many (producer, partition) sequences are kept and for how long (Kafka: `producer.id.expiration.ms`, a day). A duplicate that comes
    /// later than that is not recognised: choose more than producers ever take to send again.
    public var sequences: ExpiryPolicy
    /// How many registrations are kept and for how long (Kafka: `transactional.id.expiration.ms`, seven days). They are in use as long as their sequences are.
    public var registrations: ExpiryPolicy
    /// Bytes of an answer; five are stored with each sequence. A longer one throws `.tooLarge`.
    public var maximumAnswerBytes: Int

    /// Registered producers that begin at zero; ten million sequences and a million registrations, each for seven days after its last use.
    public init(
        numbering: ProducerNumbering = .registered, unknownProducers: UnknownProducerRule = .beginsAtZero,
        sequences: ExpiryPolicy = ExpiryPolicy(maximumCount: 10_000_000, maximumAge: .seconds(7 * 86_400)),
        registrations: ExpiryPolicy = ExpiryPolicy(maximumCount: 1_000_000, maximumAge: .seconds(7 * 86_400)),
        maximumAnswerBytes: Int = 1024
    ) {
        self.numbering = numbering
        self.unknownProducers = unknownProducers
        self.sequences = sequences
        self.registrations = registrations
        self.maximumAnswerBytes = maximumAnswerBytes
    }
}
