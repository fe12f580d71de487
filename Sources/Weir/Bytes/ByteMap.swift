/// A hash map from byte keys to byte values that allocates nothing per operation.
///
/// Open addressing with linear probing over a power of two of 8-byte slots (32-bit hash tag, 32-bit reference), at most three quarters
/// full. A slot refers to a record in an arena that holds header, value (up to 8 bytes; longer ones have a block of their own) and key,
/// so a hit costs one slot and one record. Growing copies slots, never keys: records stay where they are until they are removed.
///
/// Not thread-safe. Keys have 0 to 65,535 bytes, values up to 2^31.
package struct ByteMap: ~Copyable {
    package private(set) var count = 0
    var arena = ByteArena()
    var largeBytes = 0

    private(set) var slots: UnsafeMutablePointer<UInt64>
    private(set) var mask: Int

    package init(minimumCapacity: Int = 16) {
        var capacity = 16
        while capacity / 4 * 3 < minimumCapacity { capacity *= 2 }
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
        mask = capacity - 1
    }

    deinit {
        if largeBytes > 0 {
            for index in 0...mask where slots[index] != 0 {
                let record = arena.pointer(UInt32(truncatingIfNeeded: slots[index])).assumingMemoryBound(to: ByteRecord.self)
                if Self.isLarge(record) { UnsafeMutableRawPointer(bitPattern: UInt(record.pointee.value))?.deallocate() }
            }
        }
        slots.deallocate()
    }

    /// Bytes of memory in use: slots, records and values.
    package var usedBytes: Int { (mask + 1) * 8 + arena.usedBytes + largeBytes }
    /// Bytes of memory taken from the system; what removed keys left behind is in it and is used again.
    package var reservedBytes: Int { (mask + 1) * 8 + arena.reservedBytes + largeBytes }

    /// O(1) expected.
    @inline(__always)
    package func find(_ key: UnsafeRawBufferPointer) -> ByteRecordPointer? { find(key, hash: ByteHash.hash(key)) }

    @inline(__always)
    func find(_ key: UnsafeRawBufferPointer, hash: UInt64) -> ByteRecordPointer? {
        let tag = Self.tag(hash)
        var index = Int(tag) & mask
        while true {
            let slot = slots[index]
            if slot == 0 { return nil }
            if UInt32(truncatingIfNeeded: slot >> 32) == tag {
                let record = record(slot)
                if Int(record.pointee.keyLength) == key.count {
                    guard let start = key.baseAddress, key.count > 0 else { return record }
                    if UnsafeRawPointer(record.keyStart).equals(start, count: key.count) { return record }
                }
            }
            index = (index + 1) & mask
        }
    }

    /// Adds a key that is not in the map; it has no value yet. O(1) amortized.
    package mutating func insert(_ key: UnsafeRawBufferPointer) -> ByteRecordPointer { insert(key, hash: ByteHash.hash(key)) }

    mutating func insert(_ key: UnsafeRawBufferPointer, hash: UInt64) -> ByteRecordPointer {
        precondition(key.count <= Int(UInt16.max), "a key of a ByteMap has at most 65,535 bytes")
        if count + 1 > (mask + 1) / 4 * 3 { grow() }
        let tag = Self.tag(hash)
        let padded = Self.paddedKeyBytes(key.count)
        let reference = arena.allocate(ByteRecord.headerBytes + padded)
        let record = arena.pointer(reference).bindMemory(to: ByteRecord.self, capacity: 1)
        record.initialize(
            to: ByteRecord(value: 0, valueLength: ByteRecord.absent, marks: 0, tag: tag, keyLength: UInt16(key.count), flags: 0))
        (record.keyStart + (padded - 8)).storeBytes(of: 0, as: UInt64.self)
        if let start = key.baseAddress { record.keyStart.copyMemory(from: start, byteCount: key.count) }
        place(UInt64(tag) << 32 | UInt64(reference))
        count += 1
        return record
    }

    /// Takes a record out and frees it: every pointer to it is invalid afterwards. O(1) expected.
    package mutating func remove(_ record: ByteRecordPointer) {
        var hole = Int(record.pointee.tag) & mask
        while slots[hole] == 0 || self.record(slots[hole]) != record { hole = (hole + 1) & mask }
        let reference = UInt32(truncatingIfNeeded: slots[hole])
        // Later members of the run move back, so that a search may still stop at the first empty slot.
        var index = (hole + 1) & mask
        while slots[index] != 0 {
            let home = Int(slots[index] >> 32) & mask
            if (index - home) & mask >= (index - hole) & mask {
                slots[hole] = slots[index]
                hole = index
            }
            index = (index + 1) & mask
        }
        slots[hole] = 0
        count -= 1
        clearValue(of: record)
        arena.deallocate(reference, bytes: ByteRecord.headerBytes + Self.paddedKeyBytes(Int(record.pointee.keyLength)))
    }

    @inline(__always)
    func record(_ slot: UInt64) -> ByteRecordPointer {
        arena.pointer(UInt32(truncatingIfNeeded: slot)).assumingMemoryBound(to: ByteRecord.self)
    }

    /// The slot at which a search for this hash begins; 0 when it is empty.
    @inline(__always)
    func firstSlot(_ hash: UInt64) -> UInt64 { slots[Int(Self.tag(hash)) & mask] }

    @inline(__always)
    private func place(_ slot: UInt64) {
        var index = Int(slot >> 32) & mask
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = slot
    }

    private mutating func grow() {
        let old = slots
        let oldCapacity = mask + 1
        slots = .allocate(capacity: oldCapacity * 2)
        slots.initialize(repeating: 0, count: oldCapacity * 2)
        mask = oldCapacity * 2 - 1
        for index in 0..<oldCapacity where old[index] != 0 { place(old[index]) }
        old.deallocate()
    }

    /// A second mix: keys that reach one task agree in some bits of their hash, and would crowd together in its table.
    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: (hash &* 0xD6E8_FEB8_6659_FD93) >> 32) }

    @inline(__always)
    private static func paddedKeyBytes(_ count: Int) -> Int { max(8, (count + 7) & ~7) }
}
