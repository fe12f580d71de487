import Foundation

/// A process whose lines are read as they come, so that a test can wait for a line instead of a time.
final class Dialogue {
    private let process = Process()
    private let output = Pipe()
    private let input = Pipe()
    private let errors: Capture
    private let ended = DispatchSemaphore(value: 0)
    /// What was read and is no whole line yet.
    private var piece: [UInt8] = []
    private var lines: [String] = []
    private var isAtEnd = false

    init(_ program: Program, _ arguments: [String]) throws {
        // Telling something to a process that has ended is an error, not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        errors = try Capture()
        process.executableURL = URL(filePath: program.path)
        process.arguments = arguments
        // A crash is to end the process at once; its signal says enough.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardOutput = output
        process.standardInput = input
        process.standardError = errors.writing
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        try output.fileHandleForWriting.close()
    }

    deinit { end(SIGKILL) }

    var processID: Int32 { process.processIdentifier }

    /// The next line; nil when there was none in this time, or will be none any more.
    func line(within seconds: Double = 60) -> String? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while lines.isEmpty, !isAtEnd {
            let left = deadline - .now
            guard left > .zero, read(waiting: Int32(left / .milliseconds(1)) + 1) else { break }
        }
        return lines.isEmpty ? nil : lines.removeFirst()
    }

    /// The next line that begins so; those before it are dropped. Nil as above.
    func line(beginning prefix: String, within seconds: Double = 60) -> String? {
        while let line = line(within: seconds) {
            if line.hasPrefix(prefix) { return line }
        }
        return nil
    }

    /// All lines that were said by now and not read yet: one read takes as much as a pipe holds.
    func linesSoFar() -> [String] {
        _ = read(waiting: 0)
        defer { lines = [] }
        return lines
    }

    /// The number in the next line, which must be of this kind: `found 7 ...`.
    func number(_ kind: String) throws -> UInt64 {
        let line = line()
        let words = line?.split(separator: " ") ?? []
        guard words.count > 1, words[0] == kind, let number = UInt64(words[1]) else {
            throw Unexpected(description: "\(kind) was to come, and there came \(line ?? "nothing"). \(errorText())")
        }
        return number
    }

    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// Whether the process has come to stand still after SIGSTOP, which takes a moment to arrive.
    func standsStill() -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            let facts = (try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)) ?? ""
            if facts.split(separator: ")").last?.split(separator: " ").first == "T" { return true }
            poll(nil, 0, 1)
        }
        return false
    }

    /// The lines that have not been read, to the last that the process says; waits for its end.
    func rest() -> [String] {
        while !isAtEnd, read(waiting: 60_000) {}
        defer { lines = [] }
        return lines
    }

    /// Tells the process a line.
    func tell(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    /// Its input ends here.
    func close() throws { try input.fileHandleForWriting.close() }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Whether it ends by itself in this time.
    func ends(within seconds: Double) -> Bool {
        guard ended.wait(timeout: .now() + seconds) == .success else { return false }
        ended.signal()
        return true
    }

    /// Ends it by a signal, unless it has ended: its exit code, or minus the signal that ended it.
    @discardableResult
    func end(_ signal: Int32) -> Int32 {
        if process.isRunning { send(signal) }
        return status()
    }

    /// How it ended; waits for that a minute, then kills it, so that a hang is a failure and not a hang of the tests.
    @discardableResult
    func status() -> Int32 {
        if !ends(within: 60) { send(SIGKILL) }
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
    }

    func errorText() -> String { (try? errors.text()) ?? "" }

    /// Reads what is there, waiting so many milliseconds for it; false when nothing came.
    private func read(waiting milliseconds: Int32) -> Bool {
        let descriptor = output.fileHandleForReading.fileDescriptor
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return errno == EINTR }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = Foundation.read(descriptor, &bytes, bytes.count)
        guard count > 0 else {
            isAtEnd = count == 0
            return count != 0 && errno == EINTR
        }
        piece += bytes[..<count]
        var whole = piece.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        piece = Array(whole.removeLast())
        lines += whole.map { String(decoding: $0, as: UTF8.self) }
        return true
    }
}
