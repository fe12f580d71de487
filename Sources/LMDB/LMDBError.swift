import CLMDB

/// What LMDB or the system answered, as it is: a code below -30000 is LMDB's, a positive one is `errno`.
package struct LMDBError: Error, Equatable, Sendable {
    package let code: Int32
    /// The C function that answered.
    package let operation: StaticString

    package init(_ code: Int32, _ operation: StaticString) {
        self.code = code
        self.operation = operation
    }

    package static func == (a: LMDBError, b: LMDBError) -> Bool { a.code == b.code }
}

extension LMDBError {
    package static let keyExists: Int32 = MDB_KEYEXIST
    package static let notFound: Int32 = MDB_NOTFOUND
    package static let pageNotFound: Int32 = MDB_PAGE_NOTFOUND
    package static let corrupted: Int32 = MDB_CORRUPTED
    package static let panic: Int32 = MDB_PANIC
    package static let versionMismatch: Int32 = MDB_VERSION_MISMATCH
    package static let invalid: Int32 = MDB_INVALID
    package static let mapFull: Int32 = MDB_MAP_FULL
    package static let databasesFull: Int32 = MDB_DBS_FULL
    package static let readersFull: Int32 = MDB_READERS_FULL
    package static let transactionFull: Int32 = MDB_TXN_FULL
    package static let cursorFull: Int32 = MDB_CURSOR_FULL
    package static let pageFull: Int32 = MDB_PAGE_FULL
    package static let incompatible: Int32 = MDB_INCOMPATIBLE
    package static let badReaderSlot: Int32 = MDB_BAD_RSLOT
    package static let badTransaction: Int32 = MDB_BAD_TXN
    package static let badValueSize: Int32 = MDB_BAD_VALSIZE
    package static let badDatabase: Int32 = MDB_BAD_DBI

    /// LMDB's or the system's own words for the code.
    package var text: String { String(cString: mdb_strerror(code)) }
}

extension LMDBError: CustomStringConvertible {
    package var description: String { "\(operation): \(text) (\(code))" }
}

/// Turns a C return code into a Swift error.
@inline(__always)
func check(_ code: Int32, _ operation: StaticString) throws(LMDBError) {
    if code != 0 { throw LMDBError(code, operation) }
}
