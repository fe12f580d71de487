import SystemPackage

/// Reads one file's lines from an offset on: finite (up to the length that the file had at the start) or following it as it grows.
///
/// A line ends with its newline. A last line without one:
/// - while following, is not yet a line: it waits for its newline;
/// - at the end of a finite run, counts, and the offset behind it is the file's end. If the file goes on from there later, it may only do so
///   with a newline. Anything else would make what was handed out a part of a line, which cannot be taken back, and is refused (`.grownLine`).
final class LineReader {
    enum Step {
        case line(LineBuffer.Line)
        /// There is no line up to here: the newline that a line was missing has come.
        case skip(to: UInt64)
        /// Nothing more now, but maybe later.
        case wait
        /// Nothing more in this run.
        case end
    }

    private let path: FilePath
    private let blockBytes: Int
    /// Where a finite run ends; nil while following.
    private let limit: UInt64?
    private let identity: OpenFile.Identity
    private var file: OpenFile?
    private var buffer: LineBuffer
    /// The bytes before the position are a line that had no newline.
    private var isBehindUnterminated: Bool
    private var settledHead: FileFingerprint.Part?

    /// Checks the fingerprint, if there is one, against what lies before the offset.
    init(_ path: FilePath, from offset: UInt64, fingerprint: [UInt8], follows: Bool, limits: FileSpout.Limits) throws(FileError) {
        let file = try OpenFile(path)
        let size = try file.size()
        guard size >= offset else { throw .truncated(path, size: size, consumed: offset) }
        let now = try FileFingerprint(of: file, upTo: offset)
        if !fingerprint.isEmpty, FileFingerprint(bytes: fingerprint) != now { throw .replaced(path, consumed: offset) }
        self.path = path
        self.file = file
        identity = file.identity
        limit = follows ? nil : size
        blockBytes = limits.blockBytes
        buffer = LineBuffer(blockBytes: limits.blockBytes, maximumLineBytes: limits.maximumLineBytes, offset: offset)
        isBehindUnterminated = now.endsWithoutNewline
        settledHead = now.settledHead
    }

    /// Whether it holds a file descriptor.
    var isOpen: Bool { file != nil }

    /// Gives the descriptor and the buffered bytes back. The next step opens the file again.
    func rest() {
        file = nil
        buffer.move(to: buffer.offset)
    }

    /// Goes to an offset that it has been past, for a replay.
    func move(to offset: UInt64) throws(FileError) {
        buffer.move(to: offset)
        isBehindUnterminated = try FileFingerprint(of: try openFile(), upTo: offset, head: settledHead).endsWithoutNewline
    }

    func fingerprint(upTo offset: UInt64) throws(FileError) -> [UInt8] {
        let fingerprint = try FileFingerprint(of: try openFile(), upTo: offset, head: settledHead)
        settledHead = fingerprint.settledHead
        return fingerprint.bytes
    }

    func next() throws(FileError) -> Step {
        if isBehindUnterminated { return try seam() }
        while true {
            if let line = buffer.nextLine() {
                guard line.bytes.count <= buffer.maximumLineBytes else { throw tooLong(line.offset) }
                return .line(line)
            }
            guard !buffer.isTooLong else { throw tooLong(buffer.offset) }
            if try fill() > 0 { continue }
            guard limit != nil else { return .wait }
            guard let line = buffer.rest() else { return .end }
            guard line.bytes.count <= buffer.maximumLineBytes else { throw tooLong(line.offset) }
            isBehindUnterminated = true
            return .line(line)
        }
    }

    /// What follows a line that had no newline: nothing yet, its newline, or more of it.
    private func seam() throws(FileError) -> Step {
        let from = buffer.offset
        let bytes = try openFile().bytes(in: from..<max(from, min(from + 2, limit ?? .max)))
        let separator = bytes.first == 0x0A ? 1 : bytes == [0x0D, 0x0A] ? 2 : 0
        if separator > 0 {
            isBehindUnterminated = false
            buffer.move(to: from + UInt64(separator))
            return .skip(to: buffer.offset)
        }
        if bytes.isEmpty { return try limit == nil ? waiting() : .end }
        if bytes == [0x0D], limit == nil { return .wait }
        throw .grownLine(path, at: from)
    }

    private func waiting() throws(FileError) -> Step {
        try checkLength()
        return .wait
    }

    private func fill() throws(FileError) -> Int {
        let file = try openFile()
        let from = buffer.endOffset
        let left = limit.map { $0 - min($0, from) } ?? .max
        guard left > 0 else { return 0 }
        let count = try buffer.fill { (room) throws(FileError) in
            try file.read(at: from, into: UnsafeMutableRawBufferPointer(rebasing: room.prefix(Int(min(left, UInt64(blockBytes))))))
        }
        if count == 0 { try checkLength() }
        return count
    }

    /// At what should be the end of the file: it must not have become shorter than what was read of it, or than it was promised to be.
    private func checkLength() throws(FileError) {
        let size = try openFile().size()
        let expected = limit ?? buffer.endOffset
        guard size >= expected else { throw .truncated(path, size: size, consumed: expected) }
    }

    private func openFile() throws(FileError) -> OpenFile {
        if let file { return file }
        let opened = try OpenFile(path)
        guard opened.identity == identity else { throw .replaced(path, consumed: buffer.offset) }
        file = opened
        return opened
    }

    private func tooLong(_ offset: UInt64) -> FileError { .lineTooLong(path, at: offset, limit: buffer.maximumLineBytes) }
}
