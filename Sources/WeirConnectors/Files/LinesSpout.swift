public import SystemPackage
public import WeirTopology

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The lines of a stream that cannot be read twice, standard input for one: a tuple with the field "line" each.
///
/// What was read and not processed is lost with the process: a topology with it can promise at-most-once only. Lines are as ``FileSpout``'s; a
/// last one without newline counts. One task reads: the others of the same spout have nothing to do. A line beyond the limit is an error.
public struct LinesSpout: Spout {
    private let descriptor: FileDescriptor
    private let name: FilePath
    private let limits: FileSpout.Limits
    private var reader: Reader?

    /// The lines that come in at a descriptor. It stays open.
    public init(_ descriptor: FileDescriptor = .standardInput, name: FilePath = "standard input", limits: FileSpout.Limits = .init()) {
        self.descriptor = descriptor
        self.name = name
        self.limits = limits
    }

    /// One stream, with the field "line".
    public var outputs: [StreamDeclaration] { [.fields("line")] }

    /// Begins to read, if this is the first task.
    public mutating func open(_ context: SpoutContext) throws {
        if context.task == 0 { begin() }
    }

    mutating func begin() { reader = Reader(limits) }

    /// Emits the lines that are there. Never waits.
    public mutating func nextTuples(_ output: inout Output) throws -> SpoutStatus {
        while !output.isFull {
            switch try next() {
            case .line(let line): output.emit(string: line.bytes.bytes)
            case .skip: continue
            case .wait: return .idle
            case .end: return .finished
            }
        }
        return .emitted
    }

    mutating func next() throws(FileError) -> LineReader.Step {
        guard let reader else { return .end }
        while true {
            if let line = reader.buffer.nextLine() { return .line(try checked(line)) }
            guard !reader.buffer.isTooLong else { throw .lineTooLong(name, at: reader.buffer.offset, limit: limits.maximumLineBytes) }
            guard !reader.isAtEnd else {
                guard let line = reader.buffer.rest() else { return .end }
                return .line(try checked(line))
            }
            guard try isReady() else { return .wait }
            let count = try reader.buffer.fill { (room) throws(FileError) in
                do { return try descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: room.prefix(limits.blockBytes))) } catch {
                    throw .system((error as? Errno)?.rawValue ?? EIO, name)
                }
            }
            reader.isAtEnd = count == 0
        }
    }

    private func checked(_ line: LineBuffer.Line) throws(FileError) -> LineBuffer.Line {
        guard line.bytes.count <= limits.maximumLineBytes else { throw .lineTooLong(name, at: line.offset, limit: limits.maximumLineBytes) }
        return line
    }

    /// Whether a read would return at once: with bytes, or with the end.
    private func isReady() throws(FileError) -> Bool {
        var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        let count = poll(&request, 1, 0)
        if count < 0, errno != EINTR { throw .system(errno, name) }
        return count > 0
    }

    /// A class, since the buffer cannot be copied and the spout can.
    private final class Reader {
        var buffer: LineBuffer
        var isAtEnd = false

        init(_ limits: FileSpout.Limits) {
            buffer = LineBuffer(blockBytes: limits.blockBytes, maximumLineBytes: limits.maximumLineBytes, offset: 0)
        }
    }
}
