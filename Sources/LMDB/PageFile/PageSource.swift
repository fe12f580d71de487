#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads from a descriptor that someone else keeps open. Only `pread`: a file that shrinks under the reader is a short read, not a signal.
struct PageSource {
    let descriptor: Int32

    /// The file's size now. A writer may be growing it.
    func size() throws(PageFileError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw PageFileError(.io, rawCode: errno, "the file's size could not be read: \(Self.reason(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw PageFileError(.notADataFile, "not a regular file") }
        return UInt64(max(0, status.st_size))
    }

    /// Fills `buffer` from `offset` on, or says how much there was.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(PageFileError) -> Int {
        var done = 0
        var interruptions = 0
        while done < buffer.count {
            let result = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + off_t(done))
            if result == 0 { break }
            if result < 0 {
                // A call that is interrupted for ever ends with its error: a hang is no answer.
                interruptions += 1
                if errno == EINTR, interruptions < 1000 { continue }
                throw PageFileError(
                    .io, rawCode: errno, "\(buffer.count) bytes at byte \(offset) could not be read: \(Self.reason(errno))")
            }
            done += result
        }
        return done
    }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// Opens for reading; never waits for a FIFO's writer and follows no symbolic link.
    static func open(_ path: String) throws(PageFileError) -> Int32 {
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        #else
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        #endif
        guard descriptor >= 0 else {
            throw PageFileError(.io, rawCode: errno, "\(path) could not be opened: \(reason(errno))")
        }
        return descriptor
    }

    static func close(_ descriptor: Int32) {
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #elseif canImport(Musl)
            _ = Musl.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
    }
}
