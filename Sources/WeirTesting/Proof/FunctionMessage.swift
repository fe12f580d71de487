public import Weir
import WeirStore

/// A message for a function that is wrapped in `ExactlyOnce`: what it is given, and by what it is told from others.
public struct FunctionMessage<Input: Sendable>: Sendable {
    enum Identity: Sendable {
        case id(String)
        case sequence(ProducerBatch)
    }
    let input: Input
    let identity: Identity

    /// A message with an ID.
    public init(_ input: Input, id: String) {
        self.input = input
        identity = .id(id)
    }

    /// A message that its producer has numbered.
    public init(_ input: Input, producer: UInt64, epoch: UInt32 = 0, sequence: SequenceNumber, partition: UInt32 = 0) {
        self.input = input
        identity = .sequence(ProducerBatch(producer: producer, epoch: epoch, partition: partition, first: sequence))
    }

    /// By what the function knows it again.
    var name: String {
        switch identity {
        case .id(let id): id
        case .sequence(let batch): "\(batch)"
        }
    }
}

extension ExactlyOnce {
    /// What the delivery of a message does in a transaction.
    func delivery<Input, Output>(
        of message: FunctionMessage<Input>
    ) throws -> @Sendable (inout WriteTransaction) throws -> Output where Wrapped == TransactionalFunction<Input, Output> {
        try wrapped.open()
        switch message.identity {
        case .id(let id): return try wrapped.delivery(of: message.input, id: id)
        case .sequence(let batch): return try wrapped.delivery(of: message.input, as: batch)
        }
    }
}
