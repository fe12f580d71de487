import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// A signal may interrupt a call (EINTR), or cut it short. It is made again, but not for ever: a call that never gets anywhere ends with an error, as
// a hang is no answer.

extension SystemFiles {
    /// How often a call may be interrupted before its error is given.
    private static let patience = 1000

    /// Opens a file; never inherited by programs that are started.
    static func open(
        _ path: FilePath, _ mode: FileDescriptor.AccessMode, options: FileDescriptor.OpenOptions = [],
        permissions: FilePermissions? = nil
    ) throws -> FileDescriptor {
        try insisting {
            try FileDescriptor.open(
                path, mode, options: options.union(.closeOnExec), permissions: permissions, retryOnInterrupt: false)
        }
    }

    /// Writes all bytes from `offset` on.
    static func write(_ bytes: [UInt8], to file: FileDescriptor, at offset: Int64 = 0) throws {
        try bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = try insisting {
                    try file.write(toAbsoluteOffset: offset + Int64(done), rest, retryOnInterrupt: false)
                }
                // No file system answers so; going on would be going on for ever.
                guard count > 0 else { throw Errno.ioError }
                done += count
            }
        }
    }

    /// The file's bytes from its beginning, at most `limit`.
    static func read(_ file: FileDescriptor, limit: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            while filled < limit {
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
                let count = try insisting { try file.read(fromAbsoluteOffset: Int64(filled), into: rest, retryOnInterrupt: false) }
                if count == 0 { break }
                filled += count
            }
        }
    }

    /// Makes a call again while it is interrupted.
    static func insisting<R>(_ call: () throws -> R) throws -> R {
        for _ in 1..<patience {
            do { return try call() } catch Errno.interrupted { continue }
        }
        return try call()
    }

    /// The same for a call of C's: its last answer.
    static func insisting(_ call: () -> Int32) -> Int32 {
        for _ in 1..<patience {
            let code = call()
            if code == 0 || errno != EINTR { return code }
        }
        return call()
    }
}
