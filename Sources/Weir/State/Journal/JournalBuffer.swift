/// Journal entries being written: bytes that grow by doubling and are kept for the next batch.
struct JournalBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init() {
        capacity = 1024
        base = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit { base.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Forgets the entries. What one huge batch needed is given back.
    mutating func removeAll() {
        count = 0
        guard capacity > 4 << 20 else { return }
        base.deallocate()
        capacity = 1024
        base = .allocate(byteCount: capacity, alignment: 8)
    }

    /// Entries that were written elsewhere.
    mutating func append(raw entries: UnsafeRawBufferPointer) {
        reserve(entries.count)
        copy(entries)
    }

    /// The entries that follow belong to this state.
    mutating func begin(state: UInt32) {
        reserve(10)
        varint(UInt64(state) << 2 | JournalEntry.Operation.state.rawValue)
    }

    @inline(__always)
    mutating func append(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) {
        reserve(30 + key.count + (value?.count ?? 0))
        guard let value else {
            head(.remove, key)
            return
        }
        if value.count == 8 {
            let number = UInt64(littleEndian: value.loadUnaligned(as: UInt64.self))
            let coded = (number << 1) ^ UInt64(bitPattern: Int64(bitPattern: number) >> 63)
            if coded < 1 << 49 {
                head(.counter, key)
                varint(coded)
                return
            }
        }
        head(.put, key)
        varint(UInt64(value.count))
        copy(value)
    }

    @inline(__always)
    private mutating func head(_ operation: JournalEntry.Operation, _ key: UnsafeRawBufferPointer) {
        varint(UInt64(key.count) << 2 | operation.rawValue)
        copy(key)
    }

    @inline(__always)
    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        (base + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    @inline(__always)
    private mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: value) | 0x80, toByteOffset: count, as: UInt8.self)
            count += 1
            value >>= 7
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Makes room for so many more bytes.
    @inline(__always)
    mutating func reserve(_ extra: Int) {
        if capacity - count < extra { grow(extra) }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        let wider = max(capacity * 2, count + extra)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: wider, alignment: 8)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = wider
    }
}
