// A row, as it lies in an arena, in a spill or in a dead letter:
//
//     [u32 length][trace: 0, 4 or 20 bytes][u16 field count] then per field [u8 tag][varint length][bytes]
//
// Little-endian; the length counts what follows it. The trace is there only while the row travels in a topology that tracks its tuples
// (see Tracking/): a stored row has none.

/// Sizes and the primitive reads of a row.
@usableFromInline
enum RowLayout {
    @usableFromInline static let lengthSize = 4
    @usableFromInline static let fieldCountSize = 2
    /// A field's length takes 10 bytes at most.
    static let maximumVarintSize = 10

    /// Reads a length and steps over it. The bytes are a row that was encoded here or validated.
    @inlinable @inline(__always)
    static func readLength(_ cursor: inout UnsafeRawPointer) -> Int {
        let first = cursor.load(as: UInt8.self)
        cursor += 1
        if first < 0x80 { return Int(first) }
        var value = Int(first & 0x7F)
        var shift = 7
        while true {
            let byte = cursor.load(as: UInt8.self)
            cursor += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// Finds a field: its tag, where its bytes start, and how many there are.
    @inlinable @inline(__always)
    static func field(_ index: Int, from first: UnsafeRawPointer) -> (tag: UInt8, start: UnsafeRawPointer, count: Int) {
        var cursor = first
        var left = index
        while true {
            let tag = cursor.load(as: UInt8.self)
            cursor += 1
            let length = readLength(&cursor)
            if left == 0 { return (tag, cursor, length) }
            cursor += length
            left -= 1
        }
    }

    /// Checks that `bytes` are exactly one row's fields: [u16 field count] and so many well-formed fields, nothing after them.
    ///
    /// Complexity: O(fields); reads no further than `bytes`, whatever they hold.
    static func validate(fields bytes: UnsafeRawBufferPointer) throws(TupleError) {
        guard bytes.count >= fieldCountSize else { throw malformed("\(bytes.count) bytes hold no field count") }
        let count = Int(UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
        var offset = fieldCountSize
        for field in 0..<count {
            guard offset < bytes.count else { throw malformed("field \(field) of \(count) is missing") }
            let tag = bytes[offset]
            offset += 1
            let length = try checkedLength(bytes, &offset, field)
            guard length <= bytes.count - offset else {
                throw malformed("field \(field) claims \(length) bytes, \(bytes.count - offset) are left")
            }
            let isRight =
                switch tag {
                case 0: length == 0
                case 1: length == 1 && bytes[offset] <= 1
                case 2, 3: length == 8
                case 4, 5: true
                default: false
                }
            guard isRight else { throw malformed("field \(field) has tag \(tag) and \(length) bytes") }
            offset += length
        }
        guard offset == bytes.count else { throw malformed("\(bytes.count - offset) bytes follow the last field") }
    }

    private static func checkedLength(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int, _ field: Int) throws(TupleError) -> Int {
        var value: UInt64 = 0
        for position in 0..<maximumVarintSize {
            guard offset < bytes.count else { throw malformed("the length of field \(field) is cut off") }
            let byte = bytes[offset]
            offset += 1
            if position == maximumVarintSize - 1, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << UInt64(7 * position)
            if byte < 0x80 {
                guard let length = Int(exactly: value) else { break }
                return length
            }
        }
        throw malformed("the length of field \(field) is no number that fits")
    }

    private static func malformed(_ what: String) -> TupleError {
        TupleError(.malformed, "These bytes are not a tuple: \(what). What stored them is damaged or is of another version.")
    }
}
