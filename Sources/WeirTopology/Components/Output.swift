/// Where a bolt puts tuples. What it emits is encoded at once; nothing is allocated per tuple.
///
///     output.emit("weir", 3)                                     // any values
///     output.emit(string: bytes.extracting(from..<to))           // text where it lies: the fastest way
///     output.emit { row in row.append(field); row.append(3) }    // value by value
public struct Output: ~Copyable {
    @usableFromInline let scratch: UnsafeMutablePointer<RowScratch>
    @usableFromInline let emitter: UnsafeMutablePointer<Emitter>

    init(_ emitter: UnsafeMutablePointer<Emitter>) {
        scratch = emitter.pointee.scratch
        self.emitter = emitter
    }

    /// For a ``Spout``: whether it should return now.
    public var isFull: Bool { emitter.pointee.bytes >= emitter.pointee.fullAt }

    /// Emits a tuple.
    @inlinable public mutating func emit<each Value: TupleEncodable>(_ values: repeat each Value, on stream: StreamIndex = .first) {
        scratch.pointee.begin()
        var row = RowWriter(scratch)
        repeat (each values).encode(to: &row)
        finish(stream, task: -1)
    }

    /// Emits a tuple on a direct stream to one task of each of its subscribers, counted from 0.
    @inlinable public mutating func emit<each Value: TupleEncodable>(_ values: repeat each Value, to task: Int, on stream: StreamIndex) {
        scratch.pointee.begin()
        var row = RowWriter(scratch)
        repeat (each values).encode(to: &row)
        finish(stream, task: task)
    }

    /// Emits a tuple of one string field from UTF-8 that lies somewhere: nothing is allocated.
    @inlinable public mutating func emit(string utf8: RawSpan, on stream: StreamIndex = .first) {
        scratch.pointee.begin()
        var row = RowWriter(scratch)
        row.append(string: utf8)
        finish(stream, task: -1)
    }

    /// Emits a tuple whose values are written one by one.
    @inlinable public mutating func emit<E: Error>(
        on stream: StreamIndex = .first, row build: (inout RowWriter) throws(E) -> Void
    ) throws(E) {
        scratch.pointee.begin()
        var row = RowWriter(scratch)
        try build(&row)
        finish(stream, task: -1)
    }

    @usableFromInline
    mutating func finish(_ stream: StreamIndex, task: Int) { emitter.pointee.emit(stream.position, task: task) }
}
