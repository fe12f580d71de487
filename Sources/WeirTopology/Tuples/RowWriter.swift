/// Writes the values of one tuple, in the order of the stream's fields.
public struct RowWriter: ~Copyable {
    @usableFromInline let scratch: UnsafeMutablePointer<RowScratch>

    @inlinable init(_ scratch: UnsafeMutablePointer<RowScratch>) { self.scratch = scratch }

    /// Appends no value.
    @inlinable public mutating func appendNull() { scratch.pointee.append(tag: 0, nil, 0) }

    /// Appends text that lies somewhere as UTF-8.
    @inlinable public mutating func append(string utf8: RawSpan) {
        utf8.withUnsafeBytes { scratch.pointee.append(tag: 4, $0.baseAddress, $0.count) }
    }

    /// Appends bytes.
    @inlinable public mutating func append(bytes: RawSpan) {
        bytes.withUnsafeBytes { scratch.pointee.append(tag: 5, $0.baseAddress, $0.count) }
    }

    /// Appends a field of another tuple, as it is.
    @inlinable public mutating func append(_ field: borrowing TupleField) {
        scratch.pointee.append(tag: field.kind.tag, field.start, field.count)
    }

    /// Appends a value.
    @inlinable public mutating func append(_ value: some TupleEncodable) { value.encode(to: &self) }

    @inlinable mutating func append(tag: UInt8, word: UInt64) {
        var word = word.littleEndian
        withUnsafeBytes(of: &word) { scratch.pointee.append(tag: tag, $0.baseAddress, 8) }
    }
}

/// The row being written. One per task: encoded here first, since most groupings need its fields before they know where it goes.
@usableFromInline
struct RowScratch {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var count = 0
    @usableFromInline var capacity: Int
    @usableFromInline var fieldCount = 0
    /// Bytes before the first field: length, trace, field count.
    @usableFromInline let headerSize: Int
    let maximumRowBytes: Int
    /// Set when the row outgrew the limit: the rest of it is dropped, and the emission is an error.
    var isTooLarge = false

    init(traceSize: Int, maximumRowBytes: Int) {
        headerSize = RowLayout.lengthSize + traceSize + RowLayout.fieldCountSize
        capacity = 4096
        base = .allocate(byteCount: capacity, alignment: 16)
        self.maximumRowBytes = maximumRowBytes
    }

    func deallocate() { base.deallocate() }

    @inlinable @inline(__always)
    mutating func begin() {
        count = headerSize
        fieldCount = 0
    }

    @inlinable @inline(__always)
    mutating func append(tag: UInt8, _ start: UnsafeRawPointer?, _ length: Int) {
        guard count + length + 11 <= capacity || grow(by: length) else { return }
        base.storeBytes(of: tag, toByteOffset: count, as: UInt8.self)
        var offset = count + 1
        var rest = length
        while rest >= 0x80 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: offset, as: UInt8.self)
            offset += 1
            rest >>= 7
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
        offset += 1
        if let start, length > 0 { (base + offset).copyMemory(from: start, byteCount: length) }
        count = offset + length
        fieldCount += 1
    }

    @usableFromInline @inline(never)
    mutating func grow(by length: Int) -> Bool {
        guard !isTooLarge, count + length <= maximumRowBytes else {
            isTooLarge = true
            return false
        }
        let larger = max(capacity * 2, count + length + RowLayout.maximumVarintSize + 1)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
        return true
    }
}
