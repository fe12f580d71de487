import Synchronization

/// A bounded queue of words between one producer and one consumer. Lock-free; each side keeps its index on a cache line of its own,
/// and a stale copy of the other's, so that the lines travel only when the queue looks full or empty.
// Sendable: `cachedHead` belongs to the producer, `cachedTail` to the consumer; the indices are atomic and order the slots.
final class SPSCQueue: @unchecked Sendable {
    private static let line = 128
    private let memory: UnsafeMutableRawPointer
    private let head: UnsafeMutablePointer<Atomic<Int>>
    private let tail: UnsafeMutablePointer<Atomic<Int>>
    private let cachedTail: UnsafeMutablePointer<Int>
    private let cachedHead: UnsafeMutablePointer<Int>
    private let slots: UnsafeMutablePointer<UInt>
    private let mask: Int

    /// - Parameter capacity: rounded up to a power of two.
    init(capacity: Int) {
        let size = capacity <= 1 ? 1 : 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount)
        mask = size - 1
        memory = .allocate(byteCount: 2 * Self.line + size * MemoryLayout<UInt>.stride, alignment: Self.line)
        head = memory.assumingMemoryBound(to: Atomic<Int>.self)
        cachedTail = (memory + 64).assumingMemoryBound(to: Int.self)
        tail = (memory + Self.line).assumingMemoryBound(to: Atomic<Int>.self)
        cachedHead = (memory + Self.line + 64).assumingMemoryBound(to: Int.self)
        slots = (memory + 2 * Self.line).bindMemory(to: UInt.self, capacity: size)
        head.initialize(to: Atomic(0))
        tail.initialize(to: Atomic(0))
        cachedTail.initialize(to: 0)
        cachedHead.initialize(to: 0)
        slots.initialize(repeating: 0, count: size)
    }

    deinit { memory.deallocate() }

    /// Producer: appends, or returns false when it is full.
    func push(_ word: UInt) -> Bool {
        let position = tail.pointee.load(ordering: .relaxed)
        if position - cachedHead.pointee > mask {
            cachedHead.pointee = head.pointee.load(ordering: .sequentiallyConsistent)
            if position - cachedHead.pointee > mask { return false }
        }
        slots[position & mask] = word
        tail.pointee.store(position + 1, ordering: .sequentiallyConsistent)
        return true
    }

    /// Consumer: takes the oldest, or returns nil when it is empty.
    func pop() -> UInt? {
        let position = head.pointee.load(ordering: .relaxed)
        if position == cachedTail.pointee {
            cachedTail.pointee = tail.pointee.load(ordering: .sequentiallyConsistent)
            if position == cachedTail.pointee { return nil }
        }
        let word = slots[position & mask]
        head.pointee.store(position + 1, ordering: .sequentiallyConsistent)
        return word
    }

    /// Consumer: whether there is nothing to take.
    var isEmpty: Bool {
        let position = head.pointee.load(ordering: .relaxed)
        if position != cachedTail.pointee { return false }
        cachedTail.pointee = tail.pointee.load(ordering: .sequentiallyConsistent)
        return position == cachedTail.pointee
    }
}
