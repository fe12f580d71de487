/// What a producer says of a batch of messages: who it is, and how the messages are numbered. The header of Kafka's record batch.
public struct ProducerBatch: Hashable, Sendable, CustomStringConvertible {
    /// The producer's ID.
    public var producer: UInt64
    /// The producer's epoch: its incarnation. A newer one fences the older ones.
    public var epoch: UInt32
    /// Which of the producer's sequences is meant. Each partition has its own.
    public var partition: UInt32
    /// The number of the first message.
    public var first: SequenceNumber
    /// How many messages, at least 1 and at most 2^30.
    public var count: UInt32

    /// A batch of one message, unless said otherwise.
    public init(producer: UInt64, epoch: UInt32, partition: UInt32 = 0, first: SequenceNumber, count: UInt32 = 1) {
        self.producer = producer
        self.epoch = epoch
        self.partition = partition
        self.first = first
        self.count = count
    }

    static let maximumCount: UInt32 = 1 << 30

    /// The number of the last message.
    public var last: SequenceNumber { first.advanced(by: count &- 1) }

    /// For messages: all of it in words.
    public var description: String { "producer \(producer), epoch \(epoch), partition \(partition), sequences \(first)...\(last)" }
}
