import Synchronization
package import WeirStore

extension StateJournal {
    /// Makes the changes of one batch part of a transaction: one row, a slice of folds, the deletion of rows that are folded. On the
    /// store's writing thread.
    ///
    /// `fragments` are those of all tasks for this batch, in any order. Throws `.superseded` when the journal was opened again, or when
    /// an earlier commit failed or was rolled back; `.journalLimit`; and `StoreError`. After any error the transaction must be rolled
    /// back and the journal opened again.
    package func commit(_ fragments: [JournalFragment], in transaction: inout WriteTransaction) throws {
        let operations = store.configuration.maximumTransactionOperations / 4 * 3
        try core.withLock { core in
            if let failure = core.failure { throw failure }
            do {
                let commit = JournalCommit(
                    keys: keys, table: table, configuration: configuration, gauge: gauge, operationLimit: operations)
                try commit.run(fragments, &core, &transaction)
            } catch {
                core.failure = StateError(
                    .superseded, "An earlier commit of the states of \(topology) failed: open the journal again. It said: \(error)",
                    cause: error)
                throw error
            }
        }
    }
}

/// The steps of one commit.
struct JournalCommit {
    let keys: JournalKeys
    let table: RawTable
    let configuration: StateConfiguration
    let gauge: JournalGauge
    /// Puts and deletes that a checkpoint may need: the rest of what a transaction may do is the batch's own.
    let operationLimit: Int

    func run(_ fragments: [JournalFragment], _ core: inout JournalCore, _ transaction: inout WriteTransaction) throws {
        try checkChain(core, transaction)
        let length = fragments.reduce(0) { $0 + $1.changeBytes }
        var flush = JournalCore.Flush(id: transaction.transactionID.rawValue, captures: [], endsOverlay: false)
        try foldOverlay(&core, &flush, &transaction)
        for fragment in fragments { try fold(fragment, &core, &flush, &transaction) }
        var row = nextRow(length, core, transaction.transactionID)
        let deletable = transaction.has(.rowDeletedEarly) ? core.ledger.count - 1 : core.ledger.deletable
        // The next opening appends a row of its own: it has its place under the limit.
        if !core.ledger.hasRoom(for: row.cost + JournalCore.chunkCost, limit: core.limit(configuration)) {
            try checkpoint(fragments, &core, &transaction)
            if core.overlayFold != nil { flush.endsOverlay = true }
            core.overlayFold = nil
            gauge.deleted.add(UInt64(length), ordering: .acquiringAndReleasing)
            row = nextRow(0, core, transaction.transactionID)
            try write([], row, &core, &transaction)
        } else {
            try write(fragments, row, &core, &transaction)
            let rows = transaction.has(.rowDeletedEarly) ? deletable : min(deletable, core.ledger.deletable)
            try deleteRows(rows, &core, &transaction)
        }
        core.flushes.append(flush)
        core.statistics.commits += 1
        core.statistics.peakTailBytes = max(core.statistics.peakTailBytes, core.ledger.bytes)
    }

    /// The newest row on disk must be the one that this journal wrote last.
    private func checkChain(_ core: JournalCore, _ transaction: borrowing WriteTransaction) throws {
        let last = try StateJournal.lastRow(keys, table, in: transaction)?.header
        guard last?.incarnation == core.incarnation, last?.sequence == core.sequence else {
            throw StateError(
                .superseded,
                """
                The state journal ends with row \(last?.sequence ?? 0) of incarnation \(last?.incarnation ?? 0), not with row \
                \(core.sequence) of incarnation \(core.incarnation): it was opened again, or a commit before this one was undone. Open it again.
                """)
        }
        guard core.flushes.count < 10_000 else {
            throw StateError(.superseded, "10,000 commits were made and none was reported by committed(_:): report each after its flush.")
        }
    }

    private func foldOverlay(_ core: inout JournalCore, _ flush: inout JournalCore.Flush, _ transaction: inout WriteTransaction) throws {
        guard let overlay = core.overlayFold else { return }
        let appended = gauge.appended.load(ordering: .acquiring)
        var due = core.overlayPace.due(left: overlay.left, appended: appended, tail: gauge.tail)
        if gauge.hurry.load(ordering: .acquiring) { due = overlay.left }
        due = min(max(due, 64), configuration.maximumFoldsPerCommit)
        if transaction.has(.foldForgetsKey) { _ = overlay.take() }
        while due > 0, let (state, key, value) = overlay.take() {
            try put(key, value, state, core, &transaction)
            due -= 1
            core.statistics.folded += 1
        }
        if overlay.left == 0 {
            core.overlayFold = nil
            core.ledger.endOverlay()
            flush.endsOverlay = true
        }
    }

    private func fold(
        _ fragment: JournalFragment, _ core: inout JournalCore, _ flush: inout JournalCore.Flush, _ transaction: inout WriteTransaction
    ) throws {
        var reader = JournalReader(fragment.storage.folds.bytes)
        var isForgotten = transaction.has(.foldForgetsKey)
        while let entry = try reader.next() {
            if isForgotten {
                isForgotten = false
                continue
            }
            try entry.withValue { value in try put(entry.key, value, entry.state, core, &transaction) }
            core.statistics.folded += 1
        }
        for section in fragment.storage.sections {
            if section.changes > 0 { core.ledger.changed(state: section.ticket.slot, capture: section.capture) }
            core.ledger.folded(state: section.ticket.slot, through: section.foldedThrough)
            if section.folds > 0 { flush.captures.append((section.ticket, section.capture)) }
        }
    }

    func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, _ state: UInt32, _ core: JournalCore,
        _ transaction: inout WriteTransaction
    ) throws {
        guard let table = core.tables[state] else { throw StateError.corrupt("A fold names state \(state), which is not open.") }
        if let value { try transaction.putRaw(key, value, in: table) } else { try transaction.deleteRaw(key, in: table) }
    }

    private func nextRow(_ length: Int, _ core: JournalCore, _ id: TransactionID) -> JournalLedger.Row {
        let room = configuration.chunkBytes - JournalRowHeader.bytes
        let chunks = max(1, (length + room - 1) / room)
        let last = core.ledger.last
        let first = last.map { $0.id == id.rawValue ? $0.firstChunk + $0.chunks : 0 } ?? 0
        return JournalLedger.Row(id: id.rawValue, firstChunk: first, chunks: UInt32(chunks), cost: length + chunks * JournalCore.chunkCost)
    }

    /// Appends the row, cut into chunks wherever they end.
    private func write(
        _ fragments: [JournalFragment], _ row: JournalLedger.Row, _ core: inout JournalCore, _ transaction: inout WriteTransaction
    ) throws {
        let length = row.cost - Int(row.chunks) * JournalCore.chunkCost
        var header = JournalRowHeader(
            chunk: 0, chunks: row.chunks, length: UInt32(length), incarnation: core.incarnation, sequence: core.sequence + 1)
        try withUnsafeTemporaryAllocation(byteCount: configuration.chunkBytes, alignment: 8) { chunk in
            guard let base = chunk.baseAddress else { return }
            var filled = JournalRowHeader.bytes
            func flush() throws {
                header.write(to: base)
                try keys.withKey(row.id, row.firstChunk + header.chunk) { key in
                    try transaction.putRaw(key, UnsafeRawBufferPointer(rebasing: chunk[..<filled]), in: table)
                }
                header.chunk += 1
                filled = JournalRowHeader.bytes
            }
            for fragment in fragments {
                var rest = fragment.storage.changes.bytes[...]
                while !rest.isEmpty {
                    if filled == chunk.count { try flush() }
                    let piece = rest.prefix(chunk.count - filled)
                    UnsafeMutableRawBufferPointer(rebasing: chunk[filled...]).copyMemory(from: UnsafeRawBufferPointer(rebasing: piece))
                    filled += piece.count
                    rest = rest.dropFirst(piece.count)
                }
            }
            try flush()
        }
        core.sequence += 1
        core.ledger.append(row)
        gauge.appended.add(UInt64(row.cost - length), ordering: .acquiringAndReleasing)
    }

    /// Deletes rows from the front: a bounded number of chunks with each commit, more when the tail is long.
    private func deleteRows(_ count: Int, _ core: inout JournalCore, _ transaction: inout WriteTransaction) throws {
        let isLong = core.overlayPace.isHurried(tail: core.ledger.bytes)
        let bound = isLong ? configuration.maximumFoldsPerCommit : max(64, 4 * Int(core.ledger.last?.chunks ?? 0))
        try delete(count, bound: bound, &core, &transaction)
    }

    func delete(_ count: Int, bound: Int, _ core: inout JournalCore, _ transaction: inout WriteTransaction) throws {
        var chunks = 0
        var left = count
        var freed = 0
        while left > 0, chunks < bound || core.ledger.bytes > max(configuration.journalLimit, core.allowance),
            let row = core.ledger.removeFirst()
        {
            for chunk in row.firstChunk..<row.firstChunk + row.chunks {
                try keys.withKey(row.id, chunk) { key in
                    guard try transaction.deleteRaw(key, in: table) else {
                        throw StateError.corrupt("Chunk \(chunk) of transaction \(row.id) is missing in the state journal.")
                    }
                }
                chunks += 1
            }
            freed += row.cost
            left -= 1
        }
        gauge.deleted.add(UInt64(freed), ordering: .acquiringAndReleasing)
    }
}
