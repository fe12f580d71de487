/// What the first delivery of a batch was answered with, and what its duplicates are answered with: an offset, as Kafka's brokers answer, or any bytes.
public struct SequenceAnswer: Hashable, Sendable {
    private enum Content: Hashable, Sendable {
        // An offset needs no allocation on the hot path.
        case offset(UInt64)
        case bytes([UInt8])
    }
    private let content: Content

    /// A number, such as the offset that the first message got.
    public static func offset(_ offset: UInt64) -> SequenceAnswer { SequenceAnswer(content: .offset(offset)) }

    /// Bytes, no more than `SequenceGateConfiguration.maximumAnswerBytes`.
    public static func bytes(_ bytes: [UInt8]) -> SequenceAnswer { SequenceAnswer(content: .bytes(bytes)) }

    /// Nothing but the fact.
    public static let none = SequenceAnswer(content: .bytes([]))

    /// The number; nil when it is bytes.
    public var offset: UInt64? {
        if case .offset(let offset) = content { offset } else { nil }
    }

    /// The bytes; nil when it is a number.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = content { bytes } else { nil }
    }
}
