public import SystemPackage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why a file cannot be read, or must not be read on.
public struct FileError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. New codes may come; compare with the ones you handle.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String { case notFound, notAFile, notReadable, truncated, replaced, grownLine, lineTooLong, givenTwice, io }
        private let value: Value

        /// There is no file at that path.
        public static let notFound = Code(value: .notFound)
        /// A folder, a pipe or a device where a file was expected.
        public static let notAFile = Code(value: .notAFile)
        /// The file, or a folder on the way to it, may not be read.
        public static let notReadable = Code(value: .notReadable)
        /// The file is shorter than what was already consumed of it.
        public static let truncated = Code(value: .truncated)
        /// The file is not the one that was consumed up to here.
        public static let replaced = Code(value: .replaced)
        /// The last line had no newline when it was consumed, and has become longer since.
        public static let grownLine = Code(value: .grownLine)
        /// A line is longer than the limit.
        public static let lineTooLong = Code(value: .lineTooLong)
        /// Two of the given paths are the same file.
        public static let givenTwice = Code(value: .givenTwice)
        /// The system refused to read.
        public static let io = Code(value: .io)

        /// The code's name.
        public var description: String { value.rawValue }
    }

    /// What went wrong.
    public let code: Code
    /// The file.
    public let path: FilePath
    /// One line that says what to do.
    public let message: String
    /// The system's error number, where there was one.
    public let rawCode: Int32?

    init(_ code: Code, _ path: FilePath, _ message: String, rawCode: Int32? = nil) {
        self.code = code
        self.path = path
        self.message = message
        self.rawCode = rawCode
    }

    /// The message.
    public var description: String { message }

    /// Whether reading again may help, with nothing changed by anybody.
    public var isRetriable: Bool { code == .io && rawCode != EIO }
}

extension FileError {
    /// What the system said, in words that tell what to do about it.
    static func system(_ number: Int32, _ path: FilePath) -> FileError {
        switch number {
        case ENOENT, ENOTDIR:
            FileError(.notFound, path, "There is no file \(path): check the path.", rawCode: number)
        case EACCES, EPERM:
            FileError(.notReadable, path, "\(path) may not be read: check the permissions of it and of its folders.", rawCode: number)
        case EMFILE, ENFILE:
            FileError(
                .io, path, "Too many files are open to read \(path): raise the limit (ulimit -n) or give fewer files.", rawCode: number)
        default:
            FileError(.io, path, "\(path) cannot be read: \(Errno(rawValue: number)). Check the disk.", rawCode: number)
        }
    }

    static func truncated(_ path: FilePath, size: UInt64, consumed: UInt64) -> FileError {
        FileError(
            .truncated, path,
            "\(path) has \(size) bytes now, but \(consumed) of it were already consumed: it was truncated or replaced. \(remedy)")
    }

    static func replaced(_ path: FilePath, consumed: UInt64) -> FileError {
        FileError(
            .replaced, path, "The first \(consumed) bytes of \(path) are not those that were consumed: it was replaced or edited. \(remedy)"
        )
    }

    static func grownLine(_ path: FilePath, at offset: UInt64) -> FileError {
        FileError(
            .grownLine, path,
            "The last line of \(path) had no newline when it was consumed, up to byte \(offset), and is longer now: it was counted in part. \(remedy)"
        )
    }

    static func lineTooLong(_ path: FilePath, at offset: UInt64, limit: Int) -> FileError {
        FileError(
            .lineTooLong, path,
            "The line at byte \(offset) of \(path) is longer than \(limit) bytes: break it up (fold -s does), or raise the limit of line lengths."
        )
    }

    private static let remedy = "Put the file back as it was, or begin again with a new store."
}
