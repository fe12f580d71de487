public import WeirStore

/// One row of what a store knows of producers: a registration, or a sequence. For the command line and dashboards.
public struct ProducerListing: Hashable, Sendable {
    /// The gate's name.
    public let gate: String
    /// The producer's ID.
    public let producer: UInt64
    /// Whether the gate has numbered it.
    public let isRegistered: Bool
    /// The epoch: of a registration the current one, of a sequence the last one seen.
    public let epoch: UInt32
    /// The name it was registered under; nil for a sequence.
    public let name: String?
    /// The sequence's partition; nil for a registration.
    public let partition: UInt32?
    /// What is remembered of the sequence; nil for a registration.
    public let state: ProducerState?
    /// When the last batch was accepted; nil for a registration.
    public let lastSeen: Timestamp?

    /// Every registration and every sequence, as a snapshot of its own shows them, in the order of gate, kind, ID and partition. O(entries); nothing is collected.
    ///
    /// A store in which no gate was ever opened has none. Never creates anything.
    @available(*, noasync)
    public static func scan(_ store: Store, _ body: (ProducerListing) throws -> ScanStep) throws {
        // Opened before the snapshot is taken, which would not know it otherwise.
        guard let rows = try store.existingTable(SequenceGate.table, key: ProducerKey.self, value: ProducerRow.self) else { return }
        try store.read { snapshot in
            try snapshot.scan(rows) { key, row in
                guard let listing = ProducerListing(key, row) else { return .next }
                return try body(listing)
            }
        }
    }

    private init?(_ key: ProducerKey, _ row: ProducerRow) {
        gate = key.gate
        switch (key.place, row) {
        case (.registration(let producer), .registration(let registration, let name, _)):
            self.producer = producer
            self.name = name
            (isRegistered, epoch) = (true, registration.epoch)
            (partition, state, lastSeen) = (nil, nil, nil)
        case (.registered(let producer, let partition), .sequence(let state, let lastSeen, _)),
            (.selfNumbered(let producer, let partition), .sequence(let state, let lastSeen, _)):
            self.producer = producer
            self.partition = partition
            self.state = state
            self.lastSeen = lastSeen
            name = nil
            epoch = state.epoch
            if case .registered = key.place { isRegistered = true } else { isRegistered = false }
        default: return nil
        }
    }
}
