import CLMDB

/// A position in one database of one transaction. Closed with its scope, which must lie within the transaction's.
package struct RawCursor: ~Copyable {
    package typealias Entry = (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)

    private let pointer: OpaquePointer

    private init(pointer: OpaquePointer) { self.pointer = pointer }

    /// Nil where the database was opened after the transaction began: for it, there is none.
    package static func over(_ database: Database, in transaction: borrowing RawTransaction) throws(LMDBError) -> RawCursor? {
        var opened: OpaquePointer?
        let code = mdb_cursor_open(transaction.pointer, database.handle, &opened)
        if isUnknown(code) { return nil }
        try check(code, "mdb_cursor_open")
        return opened.map { RawCursor(pointer: $0) }
    }

    deinit { mdb_cursor_close(pointer) }

    package borrowing func first() throws(LMDBError) -> Entry? { try move(MDB_FIRST) }
    package borrowing func last() throws(LMDBError) -> Entry? { try move(MDB_LAST) }
    package borrowing func next() throws(LMDBError) -> Entry? { try move(MDB_NEXT) }
    package borrowing func previous() throws(LMDBError) -> Entry? { try move(MDB_PREV) }

    /// The first entry whose key is `key` or comes after it. An empty key is the beginning: LMDB has no empty keys.
    package borrowing func seek(_ key: UnsafeRawBufferPointer) throws(LMDBError) -> Entry? {
        if key.isEmpty { return try first() }
        return try move(MDB_SET_RANGE, key.value)
    }

    private borrowing func move(_ operation: MDB_cursor_op, _ key: MDB_val = MDB_val()) throws(LMDBError) -> Entry? {
        var k = key
        var v = MDB_val()
        let code = mdb_cursor_get(pointer, &k, &v, operation)
        if code == MDB_NOTFOUND { return nil }
        try check(code, "mdb_cursor_get")
        return (k.bytes, v.bytes)
    }
}
