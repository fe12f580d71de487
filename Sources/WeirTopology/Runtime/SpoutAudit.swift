import Weir

/// What a spout's task counts for the conservation audit, from one batch to the next. Each count is taken at another place of the code, so that the sum can
/// be wrong: what came in where the spout's emissions are taken, what went on where rows are sent or roots settled.
struct SpoutAudit {
    /// Tuples that came in, replays not counted: from the source, or from the dead letters.
    var received = 0
    /// Rows sent to tasks in the batch that was closed last.
    private(set) var rows = 0
    private var emittedBefore = 0
    private var sentBefore = 0
    private var settledBefore = 0
    private var receivedBefore = 0
    private var skippedBefore = 0

    /// What the batch that ends here brings.
    mutating func close(
        _ emitter: Emitter, _ partitions: [SourcePartition], letters: Int, skipped: Int, _ guarantee: Guarantee.Kind
    ) -> AuditAccount {
        rows = emitter.sent - sentBefore
        var change = AuditAccount()
        change.deadLettered = UInt64(letters)
        // What a spout emits again comes in, too, and goes no further.
        change.duplicates = UInt64(skipped - skippedBefore)
        switch guarantee {
        case .exactlyOnce:
            change.received = UInt64(received - receivedBefore + skipped - skippedBefore)
            change.committed = UInt64(emitter.emitted - emittedBefore)
        case .atLeastOnce:
            let settled = partitions.reduce(0) { $0 + $1.window.settled }
            change.received = UInt64(received - receivedBefore + skipped - skippedBefore)
            change.inFlight = UInt64(partitions.reduce(0) { $0 + $1.window.tuples })
            // A dead letter settles its root, too.
            change.committed = UInt64(truncatingIfNeeded: settled - settledBefore - letters)
            settledBefore = settled
        case .atMostOnce:
            // May lose tuples: it promises nothing that could be audited.
            break
        }
        (receivedBefore, skippedBefore, emittedBefore, sentBefore) = (received, skipped, emitter.emitted, emitter.sent)
        return change
    }
}
