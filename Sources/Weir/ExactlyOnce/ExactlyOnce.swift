/// Gives whatever it wraps its effects once, however often the input is delivered. For functions, and for bolts.
///
/// A function, anywhere: in a server, a queue's consumer, a serverless handler. Its changes to the store, the fact that this input was
/// handled, and the result are one commit; a duplicate gets the stored result, and the function does not run again:
///
///     let handler = ExactlyOnce(store: store, name: "billing") { (order: Order, transaction: inout WriteTransaction) throws -> Receipt in
///         let total = try transaction.get(order.customer, in: totals) ?? 0
///         try transaction.put(total + order.amount, for: order.customer, in: totals)
///         return Receipt(number: total + order.amount)
///     }
///     let receipt = try await handler(order, id: order.id)
///     let again = try await handler(order, id: order.id)      // the same receipt; the order was billed once
///
/// A bolt, in a topology that is otherwise at-least-once:
///
///     topology.bolt("count", parallelism: 8) { ExactlyOnce(CountBolt()) }.fields(["word"], from: "split")
///
/// What it cannot make exactly-once is an effect outside of the store that the wrapped code has by itself, such as an HTTP call: store
/// the call to be made, and make it once it is durable.
public struct ExactlyOnce<Wrapped> {
    /// What it wraps.
    package var wrapped: Wrapped

    /// Wraps a bolt.
    public init(_ wrapped: Wrapped) { self.wrapped = wrapped }
}

extension ExactlyOnce: Sendable where Wrapped: Sendable {}
