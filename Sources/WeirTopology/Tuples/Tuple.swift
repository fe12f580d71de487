/// A tuple: a list of values with names, borrowed from the batch it came in.
///
/// It is a view of encoded bytes: making and passing one costs nothing, reading a field decodes that field. It can be neither copied nor kept;
/// a bolt that wants it for later calls ``Output/hold(_:)`` or copies what it needs.
///
///     let word = try tuple["word"].string      // by name
///     let count = try tuple[1].int             // by position: cheaper
public struct Tuple: ~Copyable, ~Escapable {
    @usableFromInline let first: UnsafeRawPointer
    /// How many fields it has.
    public let count: Int
    @usableFromInline let end: UnsafeRawPointer
    @usableFromInline let shape: UnsafePointer<StreamShape>

    /// A view of a row's fields, [u16 count][fields], that were encoded here or validated.
    @_lifetime(borrow start)
    @inlinable init(fields start: UnsafeRawPointer, end: UnsafeRawPointer, shape: UnsafePointer<StreamShape>) {
        count = Int(UInt16(littleEndian: start.loadUnaligned(as: UInt16.self)))
        first = start + RowLayout.fieldCountSize
        self.end = end
        self.shape = shape
    }

    /// The field at a position, from 0. Throws ``TupleError/Code/noSuchField`` when there is none. Complexity: O(index).
    @inlinable public subscript(index: Int) -> TupleField {
        @_lifetime(borrow self)
        get throws(TupleError) {
            guard index >= 0, index < count else { throw shape.pointee.missing(index, of: count) }
            // The walk is a function of its own: a local variable in an accessor with a dependent result is put on the heap (measured: 9 % of
            // WordCount).
            let (tag, start, length) = RowLayout.field(index, from: first)
            let field = TupleField(kind: FieldKind(tag: tag), start: start, count: length)
            return _overrideLifetime(field, borrowing: self)
        }
    }

    /// The field of a name, as the emitting component declared it. Complexity: O(fields).
    @inlinable public subscript(name: String) -> TupleField {
        @_lifetime(borrow self)
        get throws(TupleError) {
            guard let index = shape.pointee.fields.firstIndex(of: name) else { throw shape.pointee.missing(name) }
            return try self[index]
        }
    }

    /// The component that emitted it.
    public var component: String { shape.pointee.component }
    /// The stream it came on.
    public var stream: String { shape.pointee.stream }
    /// The fields' names.
    public var fields: [String] { shape.pointee.fields }

    /// The row as it can be stored: [u16 field count][fields].
    package var encoded: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: first - RowLayout.fieldCountSize, count: end - first + RowLayout.fieldCountSize)
    }
}
