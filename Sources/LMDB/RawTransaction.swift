import CLMDB

/// A named database's handle. Valid for the life of its environment.
package struct Database: Hashable, Sendable {
    package let handle: UInt32
    /// LMDB's main database, which holds the names of the others.
    package static let main = Database(handle: 1)
}

/// An LMDB transaction that ends with its scope: committed explicitly, or aborted.
///
/// A write transaction belongs to the thread that began it; ended elsewhere, every later write blocks for ever.
/// Bytes handed out belong to LMDB's pages: valid until the transaction ends or writes again.
package struct RawTransaction: ~Copyable {
    package let pointer: OpaquePointer

    private init(pointer: OpaquePointer) { self.pointer = pointer }

    private static func begin(_ environment: Environment, parent: OpaquePointer?, flags: Int32) throws(LMDBError) -> RawTransaction {
        var begun: OpaquePointer?
        try check(mdb_txn_begin(environment.pointer, parent, UInt32(bitPattern: flags), &begun), "mdb_txn_begin")
        guard let begun else { throw LMDBError(LMDBError.badTransaction, "mdb_txn_begin") }
        return RawTransaction(pointer: begun)
    }

    package static func reading(_ environment: Environment) throws(LMDBError) -> RawTransaction {
        try begin(environment, parent: nil, flags: MDB_RDONLY)
    }

    /// Waits for the writer before it, in whatever process.
    package static func writing(_ environment: Environment) throws(LMDBError) -> RawTransaction {
        try begin(environment, parent: nil, flags: 0)
    }

    /// A transaction within a write transaction: aborting it undoes only what it did itself.
    package static func nested(in parent: borrowing RawTransaction, _ environment: Environment) throws(LMDBError) -> RawTransaction {
        try begin(environment, parent: parent.pointer, flags: 0)
    }

    package consuming func commit() throws(LMDBError) {
        let pointer = pointer
        discard self
        try check(mdb_txn_commit(pointer), "mdb_txn_commit")
    }

    package consuming func abort() {}

    deinit { mdb_txn_abort(pointer) }

    /// LMDB's own number of the snapshot: what `mdb_copy`, `mdb_stat` and the reader table show.
    package var number: UInt64 { UInt64(bitPattern: Int64(mdb_txn_id(pointer))) }
}

extension RawTransaction {
    /// Takes a reader from the pool, or begins a new one.
    package static func reading(from pool: ReaderPool) throws(LMDBError) -> RawTransaction {
        guard let idle = pool.take() else { return try reading(pool.environment) }
        let code = mdb_txn_renew(idle)
        guard code == 0 else {
            mdb_txn_abort(idle)
            throw LMDBError(code, "mdb_txn_renew")
        }
        return RawTransaction(pointer: idle)
    }

    /// Lets a reader's snapshot go; its slot stays with the pool.
    package consuming func park(in pool: ReaderPool) {
        let pointer = pointer
        discard self
        mdb_txn_reset(pointer)
        if !pool.keep(pointer) { mdb_txn_abort(pointer) }
    }
}
