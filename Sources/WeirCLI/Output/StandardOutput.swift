#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output in large pieces. A reader that has gone away (`weir table scan t | head`) is `Gone`, not a signal.
struct StandardOutput {
    /// Whoever read has had enough. No failure: the command ends quietly.
    struct Gone: Error {}

    private var buffer: [UInt8] = []
    private static let pieceBytes = 64 << 10

    init() { signal(SIGPIPE, SIG_IGN) }

    mutating func write(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.pieceBytes { try flush() }
    }

    mutating func flush() throws {
        var done = 0
        defer { buffer.removeFirst(done) }
        while done < buffer.count {
            let count = buffer.withUnsafeBytes { Self.write($0.baseAddress! + done, $0.count - done) }
            if count > 0 {
                done += count
            } else if errno == EPIPE {
                throw Gone()
            } else if errno != EINTR {
                throw CommandFailure(.io, "Could not write to standard output: \(String(cString: strerror(errno))).")
            }
        }
    }

    private static func write(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(STDOUT_FILENO, bytes, count)
        #elseif canImport(Musl)
            Musl.write(STDOUT_FILENO, bytes, count)
        #else
            Darwin.write(STDOUT_FILENO, bytes, count)
        #endif
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// For people, on standard error: progress, and what went wrong.
    static func note(_ text: String) {
        let line = Array("\(text)\n".utf8)
        #if canImport(Glibc)
            _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        #elseif canImport(Musl)
            _ = line.withUnsafeBytes { Musl.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        #else
            _ = line.withUnsafeBytes { Darwin.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        #endif
    }
}
