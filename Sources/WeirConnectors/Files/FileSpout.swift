public import SystemPackage
public import WeirTopology

/// The lines of files, each a tuple with the field "line": a file is a partition, its offsets are byte positions at the ends of lines.
///
///     topology.spout("lines", FileSpout(["access.log", "error.log"]), parallelism: 2)
///
/// Lines are handed on as bytes, as they lie in the file, without the newline and without the CR of CRLF; bytes that are no UTF-8 pass
/// unchanged. Empty lines are lines. Files are read in blocks, up to the length they had at the start, or on and on as they grow
/// (`follows: true`, as `tail -f` does).
///
/// With the offset, a fingerprint of the file is committed (its head, and what lies before the offset). A file that was appended to goes on
/// where it stopped; one that was truncated, replaced or edited before that point is refused with a ``FileError``, since what was made of its
/// lines cannot be taken back. Rotation by renaming is seen at the next start, and refused likewise: give rotated files names of their own.
///
/// **A last line without newline** is a line at the end of a finite run, and waits for its newline while following. If such a line was consumed
/// and the file goes on with anything but a newline later, that is refused: see ``FileError/Code/grownLine``.
///
/// A partition's number is a hash of the file's absolute path: files may be added, left out and reordered between runs; a moved file is new.
public struct FileSpout: ReplayableSpout {
    /// What reading may cost.
    public struct Limits: Sendable {
        /// Bytes read at a time.
        public var blockBytes: Int
        /// Bytes of one line, without its end. A longer one ends the topology with ``FileError/Code/lineTooLong``; nothing is cut.
        public var maximumLineBytes: Int
        /// Files that one task keeps open, each with a buffer of a block. With more, the one that was read longest ago is closed in between.
        public var maximumOpenFiles: Int

        /// Blocks of 128 KiB, lines up to 1 MiB, 32 open files a task.
        public init(blockBytes: Int = 128 << 10, maximumLineBytes: Int = 1 << 20, maximumOpenFiles: Int = 32) {
            precondition(blockBytes > 0 && maximumLineBytes > 0 && maximumOpenFiles > 0, "FileSpout's limits are at least 1.")
            self.blockBytes = blockBytes
            self.maximumLineBytes = maximumLineBytes
            self.maximumOpenFiles = maximumOpenFiles
        }
    }

    private let paths: [FilePath]
    private let follows: Bool
    private let limits: Limits
    private var files: FilePartitions?
    private var readers: [UInt32: LineReader] = [:]
    /// The partitions with an open file, the one read longest ago first.
    private var open: [UInt32] = []

    /// The lines of these files. Nothing is opened before the topology runs.
    public init(_ paths: [FilePath], follows: Bool = false, limits: Limits = Limits()) {
        self.paths = paths
        self.follows = follows
        self.limits = limits
    }

    /// One stream, with the field "line".
    public var outputs: [StreamDeclaration] { [.fields("line")] }

    /// One per file. Throws when one is missing or given twice.
    public func partitions() throws -> [UInt32] { try FilePartitions(paths).numbers }

    /// Opens the file and checks that it is the one that was read up to `offset`.
    public mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {
        if let reader = readers[partition] {
            try reader.move(to: offset)
        } else {
            let files = try files ?? FilePartitions(paths)
            self.files = files
            guard let path = files[partition] else { preconditionFailure("Partition \(partition) is none of this spout's files.") }
            readers[partition] = try LineReader(path, from: offset, fingerprint: fingerprint, follows: follows, limits: limits)
        }
        touch(partition)
    }

    /// Emits whole lines.
    public mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
        let reader = reader(partition)
        touch(partition)
        while !output.isFull {
            switch try reader.next() {
            case .line(let line): output.emit(string: line.bytes.bytes, at: line.offset, next: line.next)
            case .skip(let next): output.skip(to: next)
            case .wait: return .idle
            case .end:
                rest(partition)
                return .finished
            }
        }
        return .emitted
    }

    /// What is stored with the offset.
    public mutating func fingerprint(_ partition: UInt32, upTo offset: UInt64) throws -> [UInt8] {
        let reader = reader(partition)
        defer { touch(partition) }
        return try reader.fingerprint(upTo: offset)
    }

    /// Closes the files.
    public mutating func close() {
        readers = [:]
        open = []
    }

    private func reader(_ partition: UInt32) -> LineReader {
        guard let reader = readers[partition] else { preconditionFailure("Partition \(partition) was read before a seek told from where.") }
        return reader
    }

    /// Makes room for this one among the open files.
    private mutating func touch(_ partition: UInt32) {
        if open.last == partition { return }
        open.removeAll { $0 == partition }
        open.append(partition)
        while open.count > limits.maximumOpenFiles { rest(open[0]) }
    }

    private mutating func rest(_ partition: UInt32) {
        readers[partition]?.rest()
        open.removeAll { $0 == partition }
    }
}
