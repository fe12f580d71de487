import WeirStore

extension JournalCommit {
    /// Moves everything that is in the journal and in this batch into the B-tree, and deletes all rows: what remains when a row would
    /// take the tail beyond its limit. One long commit instead of an unbounded recovery.
    ///
    /// All rows go at once, so no older one can be replayed over what is written here.
    func checkpoint(_ fragments: [JournalFragment], _ core: inout JournalCore, _ transaction: inout WriteTransaction) throws {
        var newest = StateOverlay()
        _ = try newest.read(keys, table, in: transaction)
        for fragment in fragments { try newest.apply(fragment.storage.changes.bytes) }
        let operations = newest.count + core.ledger.chunks
        guard operations <= operationLimit else {
            throw StateError(
                .journalLimit,
                """
                A batch takes the state journal beyond its limit of \(configuration.journalLimit) bytes, and folding \(newest.count) keys at \
                once is more than one transaction may do. Commit smaller batches, raise journalLimit, or raise the store's \
                maximumTransactionOperations.
                """)
        }
        let fold = OverlayFold(newest)
        while let (state, key, value) = fold.take() { try put(key, value, state, core, &transaction) }
        core.statistics.folded += newest.count
        core.statistics.checkpoints += 1
        try delete(core.ledger.count, bound: .max, &core, &transaction)
        core.ledger.foldedAll()
    }
}
