public import WeirStore

/// A tuple that a bolt kept for later with ``Output/hold(_:)``: a copy of it, and the debt to acknowledge it.
public struct HeldTuple {
    let key: UInt64
    private let row: [UInt8]
    private let shape: StreamShape

    init(key: UInt64, row: UnsafeRawBufferPointer, shape: UnsafePointer<StreamShape>) {
        self.key = key
        self.row = Array(row)
        self.shape = shape.pointee
    }

    /// Reads the tuple. A closure, since a tuple cannot leave the place where its bytes are.
    public func withTuple<R>(_ body: (borrowing Tuple) throws -> R) rethrows -> R {
        try withUnsafePointer(to: shape) { shape in
            try row.withUnsafeBytes { bytes in
                let start = bytes.baseAddress!
                return try body(Tuple(fields: start, end: start + bytes.count, shape: shape))
            }
        }
    }
}

extension Output {
    /// Keeps the tuple that is being executed: it counts as unprocessed until ``ack(_:)``. For joins, windows and calls that answer later.
    ///
    /// At-least-once: it is replayed when it is not acknowledged within the message timeout. Exactly-once: it must be acknowledged in
    /// ``Bolt/finishBatch(_:)`` at the latest; what lives longer than a batch belongs into ``BoltContext/state``. At-most-once: a copy, no more.
    public mutating func hold(_ tuple: borrowing Tuple) -> HeldTuple {
        HeldTuple(key: emitter.pointee.hold(), row: tuple.encoded, shape: tuple.shape)
    }

    /// Acknowledges a held tuple: it is processed. A second time does nothing.
    public mutating func ack(_ held: HeldTuple) { emitter.pointee.release(held.key, failed: false) }

    /// Fails a held tuple: at-least-once replays it at once, exactly-once rolls the batch back.
    public mutating func fail(_ held: HeldTuple) { emitter.pointee.release(held.key, failed: true) }

    /// Emits inside the closure with held tuples as anchors, in place of the tuple being executed.
    public mutating func anchored(to held: [HeldTuple], _ body: (inout Output) throws -> Void) rethrows {
        let before = emitter.pointee.replaceAnchors(with: held.map(\.key))
        defer { emitter.pointee.restoreAnchors(before) }
        try body(&self)
    }

    /// Adds a write to the commit that covers this tuple: an output table, an outbox row. It runs on the committer's thread, in the same
    /// transaction as the offsets and the state, and must not block. Staged writes of one task keep their order.
    ///
    /// In exactly-once it happens once. In at-least-once it happens again for a replayed tuple; in at-most-once it may be lost.
    public mutating func stage(_ write: @escaping @Sendable (inout WriteTransaction) throws -> Void) { emitter.pointee.stage(write) }
}
