public import WeirStore

extension OffsetGate {
    /// Admits a batch of a source inside the commit that holds its effects: the part that is new goes to `effects`, and the offset moves on.
    ///
    ///     let offset = try OffsetGate.admit(0..<500, of: "orders", partition: 0, in: &transaction) { range, transaction in
    ///         // what the offsets in `range` do; called not at all for a replay, with a shorter range for an overlap
    ///     }
    ///
    /// Returns the committed next offset after it. Throws `.offsetGap` where offsets are missing, and what `effects` throws; then let the error
    /// leave the closure of `Store.write`. O(log n) and what `effects` costs.
    @discardableResult
    public static func admit(
        _ batch: Range<UInt64>, of source: String, partition: UInt32, fingerprint: [UInt8]? = nil, in transaction: inout WriteTransaction,
        _ effects: (_ new: Range<UInt64>, _ transaction: inout WriteTransaction) throws -> Void
    ) throws -> UInt64 {
        let committed = try transaction.offset(of: source, partition: partition)
        let new: Range<UInt64>
        switch decide(batch: batch, next: committed?.next) {
        case .accept: new = batch
        case .trim(let rest): new = transaction.has(.overlapNotTrimmed) ? batch : rest
        case .skip where transaction.has(.replayNotSkipped) && !batch.isEmpty:
            try effects(batch, &transaction)
            return committed?.next ?? batch.lowerBound
        case .skip: return committed?.next ?? batch.lowerBound
        case .gap(let missing):
            throw ExactlyOnceError(
                .offsetGap,
                """
                Partition \(partition) of source \(source) is committed up to offset \(missing.lowerBound), and the batch begins at \
                \(missing.upperBound): replay the source from offset \(missing.lowerBound).
                """)
        }
        try effects(new, &transaction)
        try transaction.advance(
            source, partition: partition, to: new.upperBound, fingerprint: fingerprint ?? committed?.fingerprint ?? [])
        return new.upperBound
    }
}
