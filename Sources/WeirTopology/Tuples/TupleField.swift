/// One value of a tuple, borrowed: it lives as long as the tuple it was read from, and the compiler sees to that.
///
/// Reading costs nothing but the bytes; only `string` allocates.
public struct TupleField: ~Escapable {
    /// What it holds.
    public let kind: FieldKind
    @usableFromInline let start: UnsafeRawPointer
    @usableFromInline let count: Int

    @_lifetime(borrow start)
    @inlinable init(kind: FieldKind, start: UnsafeRawPointer, count: Int) {
        self.kind = kind
        self.start = start
        self.count = count
    }

    /// Whether there is no value.
    @inlinable public var isNull: Bool { kind == .null }

    /// The text, as a `String` of its own. Bytes that are no UTF-8 become U+FFFD. Throws when the field is neither string nor bytes.
    public var string: String {
        get throws(TupleError) { String(decoding: try unsafeBytes, as: UTF8.self) }
    }

    /// The integer. Throws when the field holds something else.
    @inlinable public var int: Int {
        get throws(TupleError) {
            guard kind.tag == 2 else { throw .kind(kind, wanted: "int") }
            return Int(truncatingIfNeeded: Int64(littleEndian: start.loadUnaligned(as: Int64.self)))
        }
    }

    /// The number. Throws when the field holds something else.
    @inlinable public var double: Double {
        get throws(TupleError) {
            guard kind.tag == 3 else { throw .kind(kind, wanted: "double") }
            return Double(bitPattern: UInt64(littleEndian: start.loadUnaligned(as: UInt64.self)))
        }
    }

    /// True or false. Throws when the field holds something else.
    @inlinable public var bool: Bool {
        get throws(TupleError) {
            guard kind.tag == 1 else { throw .kind(kind, wanted: "bool") }
            return start.load(as: UInt8.self) != 0
        }
    }

    /// The bytes of a string or bytes field, where they lie. Throws when the field holds something else.
    @inlinable public var bytes: RawSpan {
        @_lifetime(copy self)
        get throws(TupleError) {
            let span = RawSpan(_unsafeBytes: try unsafeBytes)
            return _overrideLifetime(span, copying: self)
        }
    }

    /// The bytes of a string or bytes field, for what takes a pointer. Do not keep it: it is good for as long as the tuple.
    @inlinable public var unsafeBytes: UnsafeRawBufferPointer {
        get throws(TupleError) {
            guard kind.tag >= 4 else { throw .kind(kind, wanted: "string or bytes") }
            return UnsafeRawBufferPointer(start: start, count: count)
        }
    }

    /// Tag, length and bytes as encoded: equal encodings are equal values. What fields grouping hashes.
    @inlinable package var rawValue: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}
