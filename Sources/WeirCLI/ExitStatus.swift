import ArgumentParser
import Weir
import WeirStore

/// How the command ends. The numbers above 63 are those of sysexits.h, where they fit.
enum ExitStatus: Int32, CaseIterable {
    case ok = 0
    case failure = 1
    case damage = 2
    case usage = 64
    case format = 65
    case noInput = 66
    case unavailable = 69
    case cannotCreate = 73
    case io = 74
    case tryAgain = 75
    case noPermission = 77

    var meaning: String {
        switch self {
        case .ok: "done; also when the reader of a pipe went away"
        case .failure: "something else failed, or the key is not there"
        case .damage: "damage was found in the store"
        case .usage: "the command was called wrongly"
        case .format: "the store has another format version, or a table other types"
        case .noInput: "there is no store, no table or no backup of that name"
        case .unavailable: "another process holds the store for writing"
        case .cannotCreate: "the destination exists already or cannot be made"
        case .io: "a file could not be read or written; the disk may be full"
        case .tryAgain: "a limit was reached that others will free again"
        case .noPermission: "the files may not be used, or others could change them"
        }
    }

    init(_ error: StoreError) {
        self =
            switch error.code {
            case .corrupt: .damage
            case .notFound, .notAStore: .noInput
            case .busy: .unavailable
            case .untrusted: .noPermission
            case .formatVersion, .typeMismatch: .format
            case .io where error.rawCode == 13 || error.rawCode == 1: .noPermission
            case .io, .diskFull: .io
            case .tooManyReaders, .overloaded: .tryAgain
            case .keySize, .valueSize, .invalidArgument: .usage
            default: .failure
            }
    }
}

extension ExitStatus {
    init(_ error: StateError) {
        self =
            switch error.code {
            case .notFound: .noInput
            case .corrupt: .damage
            case .invalidName, .keySize: .usage
            default: (error.cause as? StoreError).map(ExitStatus.init) ?? .failure
            }
    }
}

/// A failure that the command itself finds: the status it ends with and one line that says what to do.
struct CommandFailure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}
