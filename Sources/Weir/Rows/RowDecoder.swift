package import WeirStore

/// Reads the bytes of a system row. Every step is checked against what is left: garbage throws and never traps.
package struct RowDecoder {
    private let bytes: UnsafeRawBufferPointer
    private let what: StaticString
    private var offset = 0

    /// Reads `bytes`, which must stay valid meanwhile. `what` names the row in errors.
    package init(_ bytes: UnsafeRawBufferPointer, _ what: StaticString) {
        self.bytes = bytes
        self.what = what
    }

    package var remaining: Int { bytes.count - offset }

    private mutating func take(_ count: Int) throws(DecodingFailure) -> UnsafeRawBufferPointer {
        guard count <= remaining else {
            throw DecodingFailure("\(what): \(count) bytes needed at offset \(offset), \(remaining) left")
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    package mutating func integer<I: FixedWidthInteger & UnsignedInteger>(_ type: I.Type = I.self) throws(DecodingFailure) -> I {
        I(littleEndian: try take(MemoryLayout<I>.size).loadUnaligned(as: I.self))
    }

    package mutating func blob() throws(DecodingFailure) -> [UInt8] {
        [UInt8](try take(Int(try integer(UInt32.self))))
    }

    package mutating func text() throws(DecodingFailure) -> String {
        let utf8 = try take(Int(try integer(UInt16.self)))
        guard let text = String(validating: utf8, as: UTF8.self) else { throw failure("a text is not valid UTF-8") }
        return text
    }

    package mutating func rest() -> UnsafeRawBufferPointer {
        defer { offset = bytes.count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset...])
    }

    /// Checks the version byte with which every system row begins.
    package mutating func version(_ known: UInt8) throws(DecodingFailure) {
        let found = try integer(UInt8.self)
        guard found == known else { throw failure("version \(found) is not known here, only \(known)") }
    }

    /// Nothing may be left over.
    package func end() throws(DecodingFailure) {
        guard remaining == 0 else { throw failure("\(remaining) bytes too many") }
    }

    package func failure(_ text: String) -> DecodingFailure { DecodingFailure("\(what): \(text)") }
}
