/// A producer that was registered under a name: its ID and the epoch that is current.
package struct ProducerRegistration: Hashable, Sendable {
    package var producer: UInt64
    package var epoch: UInt32
    /// The epoch from which the producer itself has asked to go on, if it has: that same question again gets the same answer.
    package var continuedFrom: UInt32?

    package init(producer: UInt64, epoch: UInt32, continuedFrom: UInt32? = nil) {
        self.producer = producer
        self.epoch = epoch
        self.continuedFrom = continuedFrom
    }

    /// The last epoch that is handed out; then the producer gets a new ID. Kafka's Int16 epochs end there, so that its protocol can carry ours.
    package static let lastEpoch: UInt32 = 32_766
    /// An ID that was given up: every epoch of it is fenced.
    package static let retiredEpoch = UInt32.max
}

/// A producer's ID and epoch, as registering hands them out.
public struct ProducerIdentity: Hashable, Sendable, CustomStringConvertible {
    /// The ID: from 1, never used twice.
    public let producer: UInt64
    /// The epoch: from 0.
    public let epoch: UInt32

    /// An identity that was handed out earlier.
    public init(producer: UInt64, epoch: UInt32) {
        self.producer = producer
        self.epoch = epoch
    }

    /// For messages: both in words.
    public var description: String { "producer \(producer), epoch \(epoch)" }
}

/// What registering does.
package enum RegistrationVerdict: Hashable, Sendable {
    /// A new producer, or one that was forgotten: the next free ID, epoch 0.
    case create
    /// The next epoch: fences the one before.
    case raise(ProducerRegistration)
    /// The epochs of this ID are used up: it is retired, and the next free one is taken.
    case replace
    /// The answer to this question got lost: the same again.
    case keep
    /// Another incarnation has registered since.
    case fenced(current: UInt32?)
}

/// Whether a batch's ID and epoch are those that were handed out.
package enum ProducerStanding: Hashable, Sendable {
    case current
    case unknown
    case fenced(current: UInt32)
    case neverIssued(current: UInt32)
}

extension ProducerRegistration {
    /// `current`: what is registered under the name. `continuing`: who asks, where a producer raises its own epoch to recover from an error (KIP-360). O(1).
    package static func verdict(
        current: ProducerRegistration?, continuing: ProducerIdentity?, lastEpoch: UInt32 = lastEpoch
    ) -> RegistrationVerdict {
        guard let current else { return continuing == nil ? .create : .fenced(current: nil) }
        if let continuing {
            guard continuing.producer == current.producer else { return .fenced(current: current.epoch) }
            if continuing.epoch != current.epoch {
                return continuing.epoch == current.continuedFrom ? .keep : .fenced(current: current.epoch)
            }
        }
        if current.epoch >= lastEpoch { return .replace }
        return .raise(ProducerRegistration(producer: current.producer, epoch: current.epoch + 1, continuedFrom: continuing?.epoch))
    }

    /// `current`: what is registered under the batch's ID. O(1).
    package static func standing(of epoch: UInt32, _ current: ProducerRegistration?) -> ProducerStanding {
        guard let current else { return .unknown }
        if current.epoch == retiredEpoch || epoch < current.epoch { return .fenced(current: current.epoch) }
        return epoch == current.epoch ? .current : .neverIssued(current: current.epoch)
    }
}
