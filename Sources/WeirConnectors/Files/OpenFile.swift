import SystemPackage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A regular file, open for reading. Closed when the last reference goes.
final class OpenFile {
    /// Which file it is on this machine while it runs. Not stored: a copy or a restored backup is as good as the original.
    struct Identity: Hashable {
        let device: UInt64
        let number: UInt64
    }

    let path: FilePath
    let identity: Identity
    private let descriptor: FileDescriptor

    init(_ path: FilePath) throws(FileError) {
        let descriptor: FileDescriptor
        do {
            // Not waiting: opening a pipe would wait for its writer.
            descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
        } catch { throw Self.translate(error, path) }
        do throws(FileError) {
            identity = try Self.identity(of: descriptor, path)
        } catch {
            try? descriptor.close()
            throw error
        }
        self.path = path
        // The last one: an initialiser that throws when every property is set has the deinitialiser run, which would close a second time.
        self.descriptor = descriptor
    }

    deinit { try? descriptor.close() }

    private static func identity(of descriptor: FileDescriptor, _ path: FilePath) throws(FileError) -> Identity {
        let facts = try facts(of: descriptor, path)
        guard facts.st_mode & S_IFMT == S_IFREG else {
            let kind = facts.st_mode & S_IFMT == S_IFDIR ? "a folder: name the files in it" : "no regular file: use - to read a stream"
            throw FileError(.notAFile, path, "\(path) is \(kind).")
        }
        return Identity(device: UInt64(facts.st_dev), number: UInt64(facts.st_ino))
    }

    /// How many bytes it has now.
    func size() throws(FileError) -> UInt64 { UInt64(try Self.facts(of: descriptor, path).st_size) }

    private static func facts(of descriptor: FileDescriptor, _ path: FilePath) throws(FileError) -> stat {
        var facts = stat()
        guard fstat(descriptor.rawValue, &facts) == 0 else { throw .system(errno, path) }
        return facts
    }

    /// Reads up to `room.count` bytes from an offset; 0 at the end of the file.
    func read(at offset: UInt64, into room: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        do {
            return try descriptor.read(fromAbsoluteOffset: Int64(offset), into: room)
        } catch { throw Self.translate(error, path) }
    }

    /// The bytes of a range, fewer where the file ends before.
    func bytes(in range: Range<UInt64>) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
            var count = 0
            var failure: FileError?
            bytes.withUnsafeMutableBytes { all in
                do throws(FileError) {
                    count = try read(at: range.lowerBound + UInt64(filled), into: UnsafeMutableRawBufferPointer(rebasing: all[filled...]))
                } catch { failure = error }
            }
            if let failure { throw failure }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    private static func translate(_ error: any Error, _ path: FilePath) -> FileError {
        .system((error as? Errno)?.rawValue ?? EIO, path)
    }
}
