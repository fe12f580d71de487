import LMDB
import SystemPackage

extension StoreError {
    /// What an answer of LMDB or of the system means to the caller. `what` completes "Could not ...".
    init(_ error: LMDBError, _ what: String) {
        let reason = "Could not \(what): \(error.text) (\(error.operation), code \(error.code))."
        switch error.code {
        case LMDBError.mapFull:
            self.init(
                .full, "\(reason) The store has reached its maximum size: delete data, or open it with a larger maximumSize.",
                rawCode: error.code)
        case LMDBError.readersFull:
            self.init(
                .tooManyReaders, "\(reason) Every reader slot is in use: end long reads, or open the store with more maximumReaders.",
                rawCode: error.code)
        case LMDBError.databasesFull:
            self.init(.tooManyTables, "\(reason) Open the store with more maximumTables.", rawCode: error.code)
        case LMDBError.transactionFull:
            self.init(.transactionTooLarge, "\(reason) Write less in one transaction.", rawCode: error.code)
        case LMDBError.badValueSize:
            self.init(.keySize, "\(reason) A key has 1 to 511 bytes.", rawCode: error.code)
        case LMDBError.corrupted, LMDBError.pageNotFound, LMDBError.invalid, LMDBError.cursorFull, LMDBError.pageFull,
            LMDBError.incompatible:
            self.init(.corrupt, "\(reason) The store is damaged: run `weir verify`, and restore a backup.", rawCode: error.code)
        case LMDBError.versionMismatch:
            self.init(
                .formatVersion, "\(reason) Another version of LMDB wrote this file: export it with that version.", rawCode: error.code)
        case LMDBError.panic:
            self.init(.outcomeUnknown, "\(reason) Close the store and open it again.", rawCode: error.code)
        default:
            self.init(errno: error.code, reason: reason)
        }
    }

    /// What a failed system call means to the caller. `what` completes "Could not ...".
    init(system error: Errno, _ what: String) {
        self.init(errno: error.rawValue, reason: "Could not \(what): \(error) (errno \(error.rawValue)).")
    }

    private init(errno: Int32, reason: String) {
        switch Errno(rawValue: errno) {
        case .noSpace, .diskQuotaExceeded, .fileTooLarge:
            self.init(.diskFull, "\(reason) Nothing is lost: make space and try again.", rawCode: errno)
        case .permissionDenied, .notPermitted, .readOnlyFileSystem:
            self.init(.io, "\(reason) Check the owner and the mode of the store's folder.", rawCode: errno)
        case .noSuchFileOrDirectory:
            self.init(.notFound, "\(reason) Check the path.", rawCode: errno)
        case .ioError:
            // LMDB gives this for a write that the system cut short, which is how a disk or a limit on file sizes is first met.
            self.init(
                .io,
                "\(reason) The space on its disk, or a limit on file sizes, may be used up, or the disk is failing: make space, look at the system's log, try again.",
                rawCode: errno)
        default:
            self.init(.io, reason, rawCode: errno)
        }
    }
}

/// Runs a call into LMDB and gives its error the store's words.
@inline(__always)
func translating<R: ~Copyable>(_ what: @autoclosure () -> String, _ body: () throws(LMDBError) -> R) throws(StoreError) -> R {
    do throws(LMDBError) { return try body() } catch { throw StoreError(error, what()) }
}

/// Runs a system call and gives its error the store's words.
func calling<R>(_ what: @autoclosure () -> String, _ body: () throws -> R) throws(StoreError) -> R {
    do { return try body() } catch let error as Errno { throw StoreError(system: error, what()) } catch let error as StoreError {
        throw error
    } catch {
        throw StoreError(.io, "Could not \(what()): \(error).")
    }
}

extension RawTransaction {
    /// Commits, with the store's words for what goes wrong.
    consuming func commit(to what: @autoclosure () -> String) throws(StoreError) {
        do throws(LMDBError) { try commit() } catch { throw StoreError(error, what()) }
    }
}
