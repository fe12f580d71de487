extension ByteMap {
    /// Where a record's value lies, nil when it has none. Valid until the record's next change.
    @inline(__always)
    package func value(of record: ByteRecordPointer) -> UnsafeRawBufferPointer? {
        let length = record.pointee.valueLength
        if length <= 8 { return UnsafeRawBufferPointer(start: record, count: Int(length)) }
        if length == ByteRecord.absent { return nil }
        return UnsafeRawBufferPointer(start: longValue(of: record), count: Int(length))
    }

    /// Copies `value` into the record; a block that still fits is kept. The bytes must not lie in the record's own value. O(count).
    package mutating func set(_ value: UnsafeRawBufferPointer, of record: ByteRecordPointer) {
        precondition(value.count < Int(Int32.max), "a value of a ByteMap has fewer than 2^31 bytes")
        let kept =
            value.count > 8 && value.count <= ByteArena.largestBlock && Self.hasBlock(record)
            && ByteArena.capacity(for: value.count) == Self.blockBytes(record)
        if !kept {
            clearValue(of: record)
            if value.count > ByteArena.largestBlock {
                let block = UnsafeMutableRawPointer.allocate(byteCount: value.count, alignment: 8)
                record.pointee.value = UInt64(UInt(bitPattern: block))
                largeBytes += value.count
            } else if value.count > 8 {
                let capacity = ByteArena.capacity(for: value.count)
                record.pointee.value = UInt64(capacity) << 32 | UInt64(arena.allocate(value.count))
            }
        }
        record.pointee.valueLength = UInt32(value.count)
        guard let start = value.baseAddress else { return }
        let target = value.count <= 8 ? UnsafeMutableRawPointer(record) : longValue(of: record)
        target.copyMemory(from: start, byteCount: value.count)
    }

    /// Sets a value of 8 bytes, little-endian.
    @inline(__always)
    package mutating func set(word: UInt64, of record: ByteRecordPointer) {
        if record.pointee.valueLength > 8 { clearValue(of: record) }
        record.pointee.value = word.littleEndian
        record.pointee.valueLength = 8
    }

    /// Leaves the key in the map without a value. O(1).
    package mutating func clearValue(of record: ByteRecordPointer) {
        if Self.isLarge(record) {
            longValue(of: record).deallocate()
            largeBytes -= Int(record.pointee.valueLength)
        } else if Self.hasBlock(record) {
            arena.deallocate(UInt32(truncatingIfNeeded: record.pointee.value), bytes: Self.blockBytes(record))
        }
        record.pointee.valueLength = ByteRecord.absent
        record.pointee.value = 0
    }

    private func longValue(of record: ByteRecordPointer) -> UnsafeMutableRawPointer {
        guard Self.isLarge(record) else { return arena.pointer(UInt32(truncatingIfNeeded: record.pointee.value)) }
        guard let block = UnsafeMutableRawPointer(bitPattern: UInt(record.pointee.value)) else {
            preconditionFailure("a large value has lost its block: memory was overwritten")
        }
        return block
    }

    private static func hasBlock(_ record: ByteRecordPointer) -> Bool {
        record.pointee.valueLength > 8 && Int(record.pointee.valueLength) <= ByteArena.largestBlock
    }

    private static func blockBytes(_ record: ByteRecordPointer) -> Int { Int(record.pointee.value >> 32) }

    static func isLarge(_ record: ByteRecordPointer) -> Bool {
        record.pointee.valueLength != ByteRecord.absent && Int(record.pointee.valueLength) > ByteArena.largestBlock
    }
}
