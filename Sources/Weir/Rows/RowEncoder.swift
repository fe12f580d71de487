/// Builds the bytes of a system row: integers little-endian, texts and byte strings with their length before them.
package struct RowEncoder {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int) { bytes.reserveCapacity(capacity) }

    package mutating func integer<I: FixedWidthInteger & UnsignedInteger>(_ value: I) {
        var little = value.littleEndian
        withUnsafeBytes(of: &little) { bytes.append(contentsOf: $0) }
    }

    /// Up to 2^32 - 1 bytes, after a `u32` length.
    package mutating func blob(_ value: [UInt8]) {
        integer(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    /// Up to 65,535 bytes of UTF-8, after a `u16` length.
    package mutating func text(_ value: String) {
        let utf8 = value.utf8
        integer(UInt16(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    /// The rest of the row: no length before it.
    package mutating func rest(_ value: UnsafeRawBufferPointer) { bytes.append(contentsOf: value) }
}
