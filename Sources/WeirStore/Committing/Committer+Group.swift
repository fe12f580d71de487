import LMDB
import Synchronization

// Group commit: many callers, one flush. Each is a nested transaction of LMDB's, so that one that throws is undone alone.

extension Committer {
    /// Runs the group, or as much of it as one transaction should hold, and commits it. Fills one outcome for each job that it ran; throws when nothing was
    /// committed at all.
    func commit(_ group: ArraySlice<WriteJob>, _ outcomes: inout [Result<Void, any Error>]) throws -> TransactionID {
        let previous = TransactionID(rawValue: engine.committed.load(ordering: .acquiring))
        let id = engine.configuration.has(.transactionIDReused) ? previous : previous.next
        account.reset()
        let environment = try openEnvironment()
        let raw = try translating("begin a write") { () throws(LMDBError) in try RawTransaction.writing(environment) }
        account.putsRefused = try SpaceLimit.refusal(environment, engine.configuration)
        var transaction = WriteTransaction(raw: raw, tables: engine.tables, transactionID: id, account: account)
        if group.count == 1 {
            outcomes.append(run(group[group.startIndex], &transaction))
            if case .failure = outcomes[0] { return previous }
        } else {
            for job in group where !account.isGroupFull { outcomes.append(runNested(job, in: transaction, environment)) }
        }
        guard account.changes > 0 else {
            // Handles of tables that were opened become valid with the commit, which writes nothing.
            try transaction.end().commit(to: "end a transaction without changes")
            return previous
        }
        if engine.configuration.has(.groupDiesSilently), outcomes.contains(where: { if case .failure = $0 { true } else { false } }) {
            transaction.end().abort()
            return id
        }
        try closeAccounts(transaction)
        try commit(transaction.end(), as: id)
        return id
    }

    /// The tallies and the head: part of every commit.
    private func closeAccounts(_ transaction: borrowing WriteTransaction) throws(StoreError) {
        for (number, tally) in account.tallies {
            try calling("write the tally of table \(number)") {
                try withUnsafeBytes(of: number.bigEndian) { key in
                    try withUnsafeTemporaryAllocation(byteCount: Tally.bytes, alignment: 8) { value in
                        tally.write(into: value)
                        try transaction.put(key, UnsafeRawBufferPointer(value), in: engine.tables.tally, account)
                    }
                }
            }
        }
        let head = StoreHead(
            transactionID: transaction.transactionID, epoch: engine.epoch.load(ordering: .relaxed), identity: engine.identity)
        try head.write(transaction, account)
    }

    private func runNested(_ job: WriteJob, in parent: borrowing WriteTransaction, _ environment: Environment) -> Result<Void, any Error> {
        let mark = account.mark()
        do {
            let raw = try translating("begin a write in a group") { () throws(LMDBError) in
                try RawTransaction.nested(in: parent.raw, environment)
            }
            var child = WriteTransaction(raw: raw, tables: engine.tables, transactionID: parent.transactionID, account: account)
            let outcome = run(job, &child)
            if !engine.configuration.has(.undoneWriteStays) { try outcome.get() }
            try child.end().commit(to: "end a write in a group")
            return outcome
        } catch {
            account.rewind(to: mark)
            return .failure(error)
        }
    }

    private func run(_ job: WriteJob, _ transaction: inout WriteTransaction) -> Result<Void, any Error> {
        account.beginCaller()
        do {
            try job.perform(&transaction)
            // LMDB refused something and the caller went on all the same: the transaction cannot be committed.
            if let failure = account.failure { throw failure }
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}
