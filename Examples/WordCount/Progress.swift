import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One line on standard error that is written over and over while the words are counted; silent unless that is a terminal.
final class Progress: Sendable {
    /// What there is to show.
    struct Facts: Equatable {
        var seconds: Double
        var sentences: UInt64
        var commits: UInt64
        /// Of the files: what is committed, and all there is. Nothing known of a stream.
        var committedBytes: UInt64
        var totalBytes: UInt64?
    }

    let isShown: Bool
    private let before = Mutex(Facts(seconds: 0, sentences: 0, commits: 0, committedBytes: 0, totalBytes: nil))

    init(isShown: Bool = isatty(2) == 1) { self.isShown = isShown }

    func show(_ facts: Facts) {
        guard isShown else { return }
        let line = before.withLock { before in
            defer { before = facts }
            return Self.line(facts, after: before)
        }
        write("\r\u{1B}[K" + line)
    }

    /// Leaves the line empty.
    func clear() {
        if isShown { write("\r\u{1B}[K") }
    }

    /// Rates are those since the facts before.
    static func line(_ now: Facts, after before: Facts) -> String {
        let seconds = now.seconds - before.seconds
        func rate(_ value: UInt64, _ earlier: UInt64) -> String {
            seconds > 0 && value >= earlier ? Numbers.grouped(UInt64(Double(value - earlier) / seconds)) : "-"
        }
        let rates = "\(rate(now.sentences, before.sentences)) sentences/s, \(rate(now.commits, before.commits)) commits/s"
        guard let total = now.totalBytes, total > 0 else { return "\(Numbers.bytes(now.committedBytes)) committed, \(rates)" }
        let done = min(now.committedBytes, total)
        let width = 24
        let filled = Int(Double(done) / Double(total) * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        return "[\(bar)] \(Numbers.bytes(done)) of \(Numbers.bytes(total)), lag \(Numbers.bytes(total - done)), \(rates)"
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            #if canImport(Darwin)
                _ = Darwin.write(2, bytes.baseAddress, bytes.count)
            #elseif canImport(Musl)
                _ = Musl.write(2, bytes.baseAddress, bytes.count)
            #else
                _ = Glibc.write(2, bytes.baseAddress, bytes.count)
            #endif
        }
    }
}
