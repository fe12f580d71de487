import LMDB
import SystemPackage
import Testing

@testable import WeirStore

/// What LMDB and the system say, in the store's words: a code to decide by, a line that says what to do.
@Suite("What errors of LMDB and of the system become")
struct ErrorWordsTests {
    @Test("each answer of LMDB has a code and an advice, and keeps its number")
    func lmdb() {
        let meanings: [(Int32, StoreError.Code, advice: String)] = [
            (LMDBError.mapFull, .full, "larger maximumSize"),
            (LMDBError.readersFull, .tooManyReaders, "more maximumReaders"),
            (LMDBError.databasesFull, .tooManyTables, "more maximumTables"),
            (LMDBError.transactionFull, .transactionTooLarge, "less in one transaction"),
            (LMDBError.badValueSize, .keySize, "1 to 511 bytes"),
            (LMDBError.corrupted, .corrupt, "weir verify"),
            (LMDBError.pageNotFound, .corrupt, "weir verify"),
            (LMDBError.invalid, .corrupt, "weir verify"),
            (LMDBError.cursorFull, .corrupt, "weir verify"),
            (LMDBError.pageFull, .corrupt, "weir verify"),
            (LMDBError.incompatible, .corrupt, "weir verify"),
            (LMDBError.versionMismatch, .formatVersion, "that version"),
            (LMDBError.panic, .outcomeUnknown, "open it again"),
            (LMDBError.badTransaction, .io, "Could not try"),
            (Errno.noSpace.rawValue, .diskFull, "make space"),
        ]
        for (number, code, advice) in meanings {
            let error = StoreError(LMDBError(number, "mdb_get"), "try")
            #expect(error.code == code, "\(number)")
            #expect(error.rawCode == number)
            #expect(error.message.contains(advice) && error.message.hasPrefix("Could not try: "), "\(error.message)")
            #expect(error.message.contains("mdb_get, code \(number)") && !error.message.contains("\n"), "\(error.message)")
        }
    }

    @Test("each refusal of the system has a code and an advice, and keeps its number")
    func system() {
        let meanings: [(Errno, StoreError.Code, advice: String)] = [
            (.noSpace, .diskFull, "make space"), (.diskQuotaExceeded, .diskFull, "make space"), (.fileTooLarge, .diskFull, "make space"),
            (.permissionDenied, .io, "the owner and the mode"), (.notPermitted, .io, "the owner and the mode"),
            (.readOnlyFileSystem, .io, "the owner and the mode"), (.noSuchFileOrDirectory, .notFound, "Check the path"),
            (.ioError, .io, "the system's log"), (.tooManyOpenFiles, .io, "Could not try"),
        ]
        for (number, code, advice) in meanings {
            let error = StoreError(system: number, "try")
            #expect(error.code == code && error.rawCode == number.rawValue, "\(number)")
            #expect(error.message.contains(advice) && error.message.contains("errno \(number.rawValue)"), "\(error.message)")
        }
    }

    @Test("an error of another kind is told with what was tried")
    func other() {
        struct Odd: Error {}
        let error = #expect(throws: StoreError.self) { try calling("try") { throw Odd() } }
        #expect(error?.code == .io)
        #expect(error?.message.hasPrefix("Could not try: Odd()") == true, "\(error?.message ?? "")")
    }
}
