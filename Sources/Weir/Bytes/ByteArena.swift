/// Blocks of memory cut from chunks that never move, named by 32-bit references; freed blocks are used again.
///
/// A reference counts granules of 8 bytes over all chunks, so an arena holds at most 32 GiB. Sizes are rounded to size classes that
/// waste at most an eighth. A freed block serves its own class first, and is split for smaller ones before a new chunk is taken. Free
/// neighbours are not joined: when the sizes asked for grow over time, chunks stay behind that only smaller blocks can use.
struct ByteArena: ~Copyable {
    static let granule = 8
    private static let chunkShift: UInt32 = 15
    private static let chunkGranules = 1 << 15
    static let chunkBytes = chunkGranules * granule
    /// The largest block: 32 KiB. What is longer does not belong in an arena.
    static let largestBlock = 4096 * granule
    private static let classes = 80

    /// Bytes taken from the system.
    private(set) var reservedBytes = 0
    /// Bytes in blocks handed out, with their rounding.
    private(set) var usedBytes = 0

    private var chunks: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var chunkCount = 0
    private var chunkCapacity = 16
    /// Heads of the free lists by size class; 0 ends a list.
    private let free: UnsafeMutablePointer<UInt32>
    private var next: UInt32 = 0
    private var end: UInt32 = 0

    init() {
        chunks = .allocate(capacity: chunkCapacity)
        free = .allocate(capacity: Self.classes)
        free.initialize(repeating: 0, count: Self.classes)
    }

    deinit {
        for index in 0..<chunkCount { chunks[index].deallocate() }
        chunks.deallocate()
        free.deallocate()
    }

    @inline(__always)
    func pointer(_ reference: UInt32) -> UnsafeMutableRawPointer {
        chunks[Int(reference >> Self.chunkShift)] + Int(reference & (UInt32(Self.chunkGranules) - 1)) * Self.granule
    }

    /// The bytes that a block for `bytes` really has.
    @inline(__always)
    static func capacity(for bytes: Int) -> Int { granules(ofClass: sizeClass(bytes)) * granule }

    /// O(1), apart from a new chunk every 256 KiB. The block's contents are undefined.
    mutating func allocate(_ bytes: Int) -> UInt32 {
        let wanted = Self.sizeClass(bytes)
        let granules = Self.granules(ofClass: wanted)
        usedBytes += granules * Self.granule
        let head = free[wanted]
        if head != 0 {
            free[wanted] = pointer(head).load(as: UInt32.self)
            return head
        }
        if end - next < granules {
            if let split = splitLarger(than: wanted) { return split }
            addChunk()
        }
        let reference = next
        next += UInt32(granules)
        return reference
    }

    /// O(1). `bytes` is what was asked for, or the block's capacity.
    mutating func deallocate(_ reference: UInt32, bytes: Int) {
        let freed = Self.sizeClass(bytes)
        usedBytes -= Self.granules(ofClass: freed) * Self.granule
        link(reference, freed)
    }

    private func link(_ reference: UInt32, _ sizeClass: Int) {
        pointer(reference).storeBytes(of: free[sizeClass], as: UInt32.self)
        free[sizeClass] = reference
    }

    private mutating func splitLarger(than wanted: Int) -> UInt32? {
        for larger in (wanted + 1)..<Self.classes where free[larger] != 0 {
            let reference = free[larger]
            free[larger] = pointer(reference).load(as: UInt32.self)
            let used = Self.granules(ofClass: wanted)
            release(reference + UInt32(used), granules: Self.granules(ofClass: larger) - used)
            return reference
        }
        return nil
    }

    /// Puts what is left of a block or a chunk on the free lists, in blocks that fill it exactly.
    private func release(_ start: UInt32, granules: Int) {
        var start = start
        var left = granules
        while left > 0 {
            var sizeClass = Self.sizeClass(min(left * Self.granule, Self.largestBlock))
            if Self.granules(ofClass: sizeClass) > left { sizeClass -= 1 }
            link(start, sizeClass)
            start += UInt32(Self.granules(ofClass: sizeClass))
            left -= Self.granules(ofClass: sizeClass)
        }
    }

    private mutating func addChunk() {
        release(next, granules: Int(end - next))
        precondition(chunkCount < 1 << (32 - Int(Self.chunkShift)), "an arena holds at most 32 GiB: give the state a lower memory limit")
        if chunkCount == chunkCapacity {
            let wider = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: chunkCapacity * 2)
            wider.update(from: chunks, count: chunkCount)
            chunks.deallocate()
            chunks = wider
            chunkCapacity *= 2
        }
        chunks[chunkCount] = .allocate(byteCount: Self.chunkBytes, alignment: 16)
        // Reference 0 means "none": the first granule of the first chunk stays unused.
        next = UInt32(chunkCount) << Self.chunkShift + (chunkCount == 0 ? 1 : 0)
        end = UInt32(truncatingIfNeeded: (UInt64(chunkCount) + 1) << UInt64(Self.chunkShift))
        if end == 0 { end = .max }
        chunkCount += 1
        reservedBytes += Self.chunkBytes
    }

    /// Classes 0...15 hold 1...16 granules; above, each doubling has eight.
    @inline(__always)
    private static func sizeClass(_ bytes: Int) -> Int {
        let granules = max(1, (bytes + granule - 1) / granule)
        if granules <= 16 { return granules - 1 }
        let shift = Int.bitWidth - 1 - (granules - 1).leadingZeroBitCount - 3
        return 16 + (shift - 1) * 8 + ((granules - 1) >> shift) - 8
    }

    @inline(__always)
    private static func granules(ofClass sizeClass: Int) -> Int {
        if sizeClass < 16 { return sizeClass + 1 }
        let shift = (sizeClass - 16) / 8 + 1
        return ((sizeClass - 16) % 8 + 9) << shift
    }
}
