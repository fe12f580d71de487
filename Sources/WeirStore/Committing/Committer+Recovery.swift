import LMDB
import Synchronization

// A commit that returns an error has not always failed. LMDB writes its meta page last: an error before that leaves the old one in force, and the
// environment goes on (a full disk, say). An error of the meta page itself poisons the environment, and whether the commit is on disk is unknown until
// the file is opened again and a record was durably written over it.
//
// A device that fails is worse: the system keeps what it could not write, and counts it as written. What is read is then not what is on the disk, and ext4
// loses even what is written again to such a place, though the flush succeeds. So nothing more is written until the system has let all of the file go.

extension Committer {
    /// Commits, or finds out what became of it: returns when `id` is durable; throws when it certainly is not, or when that cannot be known.
    func commit(_ raw: consuming RawTransaction, as id: TransactionID) throws(StoreError) {
        do throws(LMDBError) {
            #if DEBUG
                try commitWithFaults(raw)
            #else
                try raw.commit()
            #endif
            engine.committed.store(id.rawValue, ordering: .releasing)
        } catch {
            let failure = StoreError(error, "commit transaction \(id)")
            // Nothing of it has touched the disk that counts: the environment goes on.
            guard isPoisoned(error) || witness?.hasLostWrites ?? true else { throw failure }
            let stored = try reopen(after: failure)
            guard stored >= id else { throw failure }
        }
    }

    #if DEBUG
        /// A planned fault is reported as LMDB reports a failed meta page from then on: MDB_PANIC.
        private func commitWithFaults(_ raw: consuming RawTransaction) throws(LMDBError) {
            switch engine.faults.next() {
            case nil: try raw.commit()
            case .metaNotWritten:
                raw.abort()
                throw LMDBError(LMDBError.panic, "mdb_txn_commit")
            case .doneThenError, .doneThenUnopenable:
                try raw.commit()
                throw LMDBError(LMDBError.panic, "mdb_txn_commit")
            }
        }
    #endif

    /// Whether LMDB has given the environment up (MDB_PANIC).
    private func isPoisoned(_ failure: LMDBError) -> Bool {
        guard let environment, failure.code != LMDBError.panic else { return true }
        do throws(LMDBError) {
            try RawTransaction.reading(environment).abort()
            return false
        } catch {
            return error.code == LMDBError.panic
        }
    }

    /// The open environment; after a failed reopening, tries that again first.
    func openEnvironment() throws(StoreError) -> Environment {
        if broken == nil, let environment { return environment }
        _ = try reopen(after: broken ?? StoreError(.closed, "The store is closed."))
        guard let environment else { throw StoreError(.closed, "The store is closed.") }
        return environment
    }

    /// Closes and opens the environment, and durably commits a new epoch before anything else is served.
    ///
    /// Returns the newest commit that was found: the caller's, if it made it to the disk. While this fails, reads and writes get the reason; each
    /// write tries again.
    private func reopen(after failure: StoreError) throws(StoreError) -> TransactionID {
        broken = failure
        // A read that itself waits for this commit would never end: it gets the error, and the next write tries again.
        guard engine.gate.close(within: engine.configuration.longReadAfter, { engine.reportClosing($0) }) else {
            throw shut(
                because: "reads are in the way that have been held for \(engine.configuration.longReadAfter): end them.", rawCode: nil)
        }
        environment?.close()
        environment = nil
        witness = nil
        do throws(StoreError) {
            #if DEBUG
                if engine.faults.refusesOpening() { throw StoreError(.io, "An injected fault.") }
            #endif
            try SystemFiles.forget(engine.folder.data)
            let opened = try EnvironmentFiles.open(engine.folder, engine.configuration)
            do throws(StoreError) {
                try engine.tables.openAgain(in: opened)
                let (found, head) = try Epoch.begin(opened, engine.tables, engine.configuration, identity: engine.identity)
                engine.committed.store(head.transactionID.rawValue, ordering: .releasing)
                engine.epoch.store(head.epoch, ordering: .releasing)
                environment = opened
                witness = try? WritebackWitness(engine.folder.data)
                broken = nil
                engine.gate.open(opened)
                engine.report(
                    .reopened,
                    "The store was reopened in epoch \(head.epoch) after an error; its newest commit was \(found). The error: \(failure)")
                return found
            } catch {
                opened.close()
                throw error
            }
        } catch {
            throw shut(because: "\(error)", rawCode: error.rawCode)
        }
    }

    /// Until the store could be reopened, everybody gets the reason.
    private func shut(because reason: String, rawCode: Int32?) -> StoreError {
        let unknown = StoreError(
            .outcomeUnknown,
            "Whether the newest commit is durable is unknown, and the store could not be reopened: \(reason) It is tried again at the next write.",
            rawCode: rawCode)
        engine.gate.shut(unknown)
        broken = unknown
        return unknown
    }
}
