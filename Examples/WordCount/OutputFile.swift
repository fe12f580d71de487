import SystemPackage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file that is there as a whole or not at all: written beside its place, flushed, then renamed.
final class OutputFile {
    private let path: FilePath
    private let beside: FilePath
    private let descriptor: FileDescriptor
    private var buffer: [UInt8] = []
    private var isFinished = false

    init(_ path: FilePath) throws {
        let beside = FilePath(path.string + ".partial")
        self.path = path
        self.beside = beside
        descriptor = try Self.naming(path) {
            try FileDescriptor.open(
                beside, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        }
    }

    deinit {
        guard !isFinished else { return }
        try? descriptor.close()
        _ = beside.withPlatformString { unlink($0) }
    }

    func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 1 << 16 { try drain() }
    }

    /// Makes it durable and puts it in its place.
    func finish() throws {
        try drain()
        try Self.naming(path) {
            guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
            try descriptor.close()
            isFinished = true
            let status = beside.withPlatformString { from in path.withPlatformString { rename(from, $0) } }
            guard status == 0 else { throw Errno(rawValue: errno) }
        }
    }

    private func drain() throws {
        try Self.naming(path) { _ = try descriptor.writeAll(buffer) }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func naming<R>(_ path: FilePath, _ body: () throws -> R) throws -> R {
        do { return try body() } catch let error as Errno {
            throw Failure(
                "\(path) cannot be written: \(error). Check the path, its permissions and the space on its disk; the counts are safe in the store."
            )
        }
    }
}
