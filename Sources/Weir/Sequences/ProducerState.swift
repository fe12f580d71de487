/// What is remembered of one producer in one partition: its epoch and its last five batches with their first answers.
///
/// A value that validates, then applies: `verdict` is a function of facts, and `applying` gives the state after an accepted batch. Neither
/// reads a clock or a disk. The rules are those of Kafka's idempotent producer (KIP-98), with KIP-360's for producers that are no longer known.
public struct ProducerState: Hashable, Sendable {
    /// A batch that was accepted, and what it was answered.
    public struct Remembered: Hashable, Sendable {
        /// The number of its first message.
        public let first: SequenceNumber
        /// How many messages it had.
        public let count: UInt32
        /// What its producer was answered.
        public let answer: SequenceAnswer
    }

    /// How many batches are remembered. Kafka's number: a producer has at most so many unanswered.
    public static let rememberedBatches = 5

    /// The producer's newest epoch that was seen here.
    public let epoch: UInt32
    /// Messages accepted in this epoch.
    public let accepted: UInt64
    /// The last batches, oldest first: one to five, without gaps.
    public let recent: [Remembered]
    /// The number that the next message must have.
    public let next: SequenceNumber

    init(epoch: UInt32, accepted: UInt64, recent: [Remembered], next: SequenceNumber) {
        self.epoch = epoch
        self.accepted = accepted
        self.recent = recent
        self.next = next
    }
}

/// From where a producer may begin that nothing is known of.
public struct UnknownProducerRule: Hashable, Sendable {
    private let any: Bool
    /// From sequence 0 only; anything else throws `.producerUnknown`. What comes from a producer that was forgotten is then never taken for
    /// new, and the producer recovers by registering, or counting its epoch on, and beginning at 0 (KIP-360).
    public static let beginsAtZero = UnknownProducerRule(any: false)
    /// From any sequence, as Kafka's brokers do it: a duplicate that comes after its producer was forgotten is then taken for new.
    public static let beginsAnywhere = UnknownProducerRule(any: true)

    var allowsAny: Bool { any }
}

/// What is to be done with a batch of a producer.
package enum SequenceVerdict: Hashable, Sendable {
    /// It is the next one: run its effects, then apply.
    case accept
    /// It is one of the last five: answer so.
    case replay(SequenceAnswer)
    /// Its effects are in, its answer is forgotten.
    case forgotten
    /// A newer epoch exists.
    case fenced(current: UInt32)
    /// Messages are missing, or it is partly new and partly not.
    case outOfOrder(expected: SequenceNumber)
    /// Nothing is known, and it does not begin at 0.
    case unknown
    /// No messages, or too many.
    case malformed
}

extension ProducerState {
    /// Decides about a batch; `state` is nil when nothing is known of the producer in this partition. O(1).
    package static func verdict(on batch: ProducerBatch, _ state: ProducerState?, _ unknown: UnknownProducerRule) -> SequenceVerdict {
        guard (1...ProducerBatch.maximumCount).contains(batch.count) else { return .malformed }
        guard let state else { return batch.first == .zero || unknown.allowsAny ? .accept : .unknown }
        if batch.epoch < state.epoch { return .fenced(current: state.epoch) }
        if batch.epoch > state.epoch { return batch.first == .zero ? .accept : .outOfOrder(expected: .zero) }
        return state.verdict(first: batch.first, count: batch.count)
    }

    private func verdict(first: SequenceNumber, count: UInt32) -> SequenceVerdict {
        if first == next { return .accept }
        for batch in recent where batch.first == first && batch.count == count { return .replay(batch.answer) }
        // Behind by so many, if it was ever sent: more than were accepted in this epoch cannot have been.
        let behind = first.distance(to: next)
        let wasAccepted = UInt64(behind) <= accepted && behind <= ProducerBatch.maximumCount && count <= behind
        return wasAccepted ? .forgotten : .outOfOrder(expected: next)
    }

    /// The state after a batch on which the verdict was `.accept`. O(1).
    package static func applying(_ batch: ProducerBatch, answer: SequenceAnswer, to state: ProducerState?) -> ProducerState {
        var recent: [Remembered] = []
        var accepted: UInt64 = 0
        if let state, state.epoch == batch.epoch {
            recent.reserveCapacity(rememberedBatches)
            recent.append(contentsOf: state.recent.suffix(rememberedBatches - 1))
            accepted = state.accepted
        }
        recent.append(Remembered(first: batch.first, count: batch.count, answer: answer))
        let (sum, overflow) = accepted.addingReportingOverflow(UInt64(batch.count))
        return ProducerState(
            epoch: batch.epoch, accepted: overflow ? .max : sum, recent: recent, next: batch.first.advanced(by: batch.count))
    }
}

extension ProducerState {
    /// The same with fewer batches remembered.
    func remembering(_ count: Int) -> ProducerState {
        ProducerState(epoch: epoch, accepted: accepted, recent: recent.suffix(count), next: next)
    }
}

extension SequenceVerdict {
    /// The refusal as an error; nil for `.accept` and `.replay`.
    package func refusal(of batch: ProducerBatch) -> ExactlyOnceError? {
        switch self {
        case .accept, .replay: nil
        case .forgotten:
            ExactlyOnceError(
                .sequenceDuplicate,
                "The effects of \(batch) are in, but only the last \(ProducerState.rememberedBatches) answers are remembered: go on with the next."
            )
        case .fenced(let current):
            ExactlyOnceError(
                .producerFenced, "The epoch of \(batch) is over, \(current) is current: another incarnation has taken over, stop this one.")
        case .outOfOrder(let expected):
            ExactlyOnceError(
                .sequenceOutOfOrder, "\(expected) is expected next, and there came \(batch): send again from \(expected).")
        case .unknown:
            ExactlyOnceError(
                .producerUnknown,
                """
                Nothing is known of \(batch): it is new, or was idle for too long. Begin a new epoch at sequence 0 \
                (after finding out which of the unanswered messages arrived).
                """)
        case .malformed:
            ExactlyOnceError(
                .batchMalformed, "A batch of \(batch.count) messages was given; it has 1 to \(ProducerBatch.maximumCount).")
        }
    }
}
