/// A value that can be a field of a tuple.
///
/// Conform a type of your own by appending it as one of the kinds (exactly one append):
///
///     extension Celsius: TupleEncodable {
///         public func encode(to row: inout RowWriter) { row.append(degrees) }
///     }
public protocol TupleEncodable {
    /// Appends this value to a row: exactly one append.
    func encode(to row: inout RowWriter)
}

extension Int: TupleEncodable {
    /// Appends an int.
    @inlinable public func encode(to row: inout RowWriter) { row.append(tag: 2, word: UInt64(bitPattern: Int64(self))) }
}

extension Int64: TupleEncodable {
    /// Appends an int.
    @inlinable public func encode(to row: inout RowWriter) { row.append(tag: 2, word: UInt64(bitPattern: self)) }
}

extension UInt32: TupleEncodable {
    /// Appends an int.
    @inlinable public func encode(to row: inout RowWriter) { row.append(tag: 2, word: UInt64(self)) }
}

extension Double: TupleEncodable {
    /// Appends a double.
    @inlinable public func encode(to row: inout RowWriter) { row.append(tag: 3, word: bitPattern) }
}

extension Bool: TupleEncodable {
    /// Appends a bool.
    @inlinable public func encode(to row: inout RowWriter) {
        var byte: UInt8 = self ? 1 : 0
        withUnsafeBytes(of: &byte) { row.scratch.pointee.append(tag: 1, $0.baseAddress, 1) }
    }
}

extension String: TupleEncodable {
    /// Appends a string.
    @inlinable public func encode(to row: inout RowWriter) {
        var copy = self
        copy.withUTF8 { row.scratch.pointee.append(tag: 4, $0.baseAddress, $0.count) }
    }
}

extension Substring: TupleEncodable {
    /// Appends a string.
    @inlinable public func encode(to row: inout RowWriter) {
        var copy = self
        copy.withUTF8 { row.scratch.pointee.append(tag: 4, $0.baseAddress, $0.count) }
    }
}

extension Array: TupleEncodable where Element == UInt8 {
    /// Appends bytes.
    @inlinable public func encode(to row: inout RowWriter) {
        withUnsafeBytes { row.scratch.pointee.append(tag: 5, $0.baseAddress, $0.count) }
    }
}

extension Optional: TupleEncodable where Wrapped: TupleEncodable {
    /// Appends the value, or null.
    @inlinable public func encode(to row: inout RowWriter) {
        if let self { self.encode(to: &row) } else { row.appendNull() }
    }
}
