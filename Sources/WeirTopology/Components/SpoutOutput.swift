/// Where a ``ReplayableSpout`` puts the tuples of the partition it was asked for.
public struct SpoutOutput: ~Copyable {
    @usableFromInline let scratch: UnsafeMutablePointer<RowScratch>
    @usableFromInline let source: UnsafeMutablePointer<SourceCursor>

    init(_ scratch: UnsafeMutablePointer<RowScratch>, _ source: UnsafeMutablePointer<SourceCursor>) {
        self.scratch = scratch
        self.source = source
    }

    /// Whether it takes no more in this call. Look before each tuple.
    @inlinable public var isFull: Bool { source.pointee.isFull }

    /// Emits a tuple.
    ///
    /// - Parameters:
    ///   - offset: where the tuple lies in its partition. Below the `next` of the one before it is a tuple that comes again, and is skipped.
    ///   - next: where the partition goes on after it, above `offset`: what is committed when this is the last tuple of a batch.
    @inlinable public mutating func emit<each Value: TupleEncodable>(
        _ values: repeat each Value, at offset: UInt64, next: UInt64, on stream: StreamIndex = .first
    ) {
        scratch.pointee.begin()
        var row = RowWriter(scratch)
        repeat (each values).encode(to: &row)
        source.pointee.finish(offset, next, stream)
    }

    /// Emits a tuple of one string field from UTF-8 that lies somewhere: nothing is allocated.
    @inlinable public mutating func emit(string utf8: RawSpan, at offset: UInt64, next: UInt64, on stream: StreamIndex = .first) {
        scratch.pointee.begin()
        var row = RowWriter(scratch)
        row.append(string: utf8)
        source.pointee.finish(offset, next, stream)
    }

    /// Emits a tuple whose values are written one by one.
    @inlinable public mutating func emit<E: Error>(
        at offset: UInt64, next: UInt64, on stream: StreamIndex = .first, row build: (inout RowWriter) throws(E) -> Void
    ) throws(E) {
        scratch.pointee.begin()
        var row = RowWriter(scratch)
        try build(&row)
        source.pointee.finish(offset, next, stream)
    }

    /// Says that the partition goes on at `next` and that there was no tuple before it: blank lines, deleted records.
    public mutating func skip(to next: UInt64) { source.pointee.skip(to: next) }
}
