#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Turns the signals with which LMDB meets a damaged file (it trusts its file: a bad page number is a memory fault, a bad page an assertion) into one
/// line and the status for damage.
enum FaultGuard {
    // Written once, before the handler is installed; read by the handler, which may not allocate.
    nonisolated(unsafe) private static var message: UnsafeMutableBufferPointer<UInt8>?

    /// Holds from now on to the end of the process, for the store at `path`.
    static func install(_ path: String) {
        guard message == nil else { return }
        let text =
            "weir: Reading the store at \(FieldValue.text(path).plain) ended in a memory fault or an assertion of LMDB's: it is damaged. "
            + "Run `weir verify`, which trusts nothing, and restore a backup.\n"
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        message = bytes
        for number in [SIGBUS, SIGSEGV, SIGABRT] {
            signal(number) { _ in
                if let message = FaultGuard.message { _ = write(STDERR_FILENO, message.baseAddress, message.count) }
                _exit(ExitStatus.damage.rawValue)
            }
        }
    }
}
