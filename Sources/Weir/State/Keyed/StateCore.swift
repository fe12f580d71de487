import WeirStore

/// A state's memory: the table of keys, what changed in this batch, what is still to be folded.
///
/// `KeyedState` reaches it by a pointer that never changes, so that no operation pays for exclusivity checks or reference counts.
struct StateCore: ~Copyable {
    /// Flags of a record.
    enum Flag {
        /// Changed since the last capture: in `dirty`.
        static let dirty: UInt16 = 1
        /// Changed since it was last folded: in `queue`. Every dirty record is.
        static let unfolded: UInt16 = 2
        /// Used since the sweep last came by.
        static let referenced: UInt16 = 4
        static let hot: UInt16 = dirty | referenced
        /// With one of these, the newest value is nowhere but here and in the journal.
        static let pinned: UInt16 = dirty | unfolded
    }

    var map = ByteMap()
    var dirty: ContiguousArray<ByteRecordPointer> = []
    var queue: FoldQueue
    /// What the last run left in the journal, until it is in the B-tree.
    var overlay: OverlayTable?
    /// Whether a key that is not in memory is nowhere: the B-tree was empty and nothing was dropped since.
    var isComplete: Bool
    let memoryLimit: Int
    var captures: UInt64 = 0
    /// What the next capture will need, more or less: a new fragment grows once.
    var lastCaptureBytes = 0
    /// Values that are lent out right now: their records must not move.
    var loans = 0
    /// Memory is short and nothing can be dropped: fold more.
    var isPressed = false
    private var hand = 0
    var statistics = KeyedStateStatistics()

    init(queue: consuming FoldQueue, overlay: OverlayTable?, isComplete: Bool, memoryLimit: Int) {
        self.queue = queue
        self.overlay = overlay
        self.isComplete = isComplete
        self.memoryLimit = memoryLimit
    }

    var memory: Int { map.usedBytes + dirty.capacity * 8 + queue.memory }

    /// Notes that a record changes in this batch.
    @inline(never)
    mutating func touch(_ record: ByteRecordPointer) {
        let flags = record.pointee.flags
        if flags & Flag.dirty == 0 { dirty.append(record) }
        if flags & Flag.unfolded == 0 { queue.add(record) }
        record.pointee.flags = flags | Flag.dirty | Flag.unfolded | Flag.referenced
    }

    mutating func insert(_ key: UnsafeRawBufferPointer, hash: UInt64) -> ByteRecordPointer {
        if memory > memoryLimit { relieve(steps: 64) }
        return map.insert(key, hash: hash)
    }

    /// Drops keys that were not used lately and whose newest value is durable in the B-tree (CLOCK), until memory is an eighth below
    /// its limit.
    mutating func relieve(steps: Int) {
        // A value that is lent out must stay where it is.
        guard loans == 0, map.count > queue.left else { return }
        let target = memoryLimit - memoryLimit / 8
        var left = steps
        while left > 0, memory > target {
            let dropped = map.sweep(from: &hand, steps: min(left, 64)) { record in
                let flags = record.pointee.flags
                if flags & Flag.pinned != 0 || record.pointee.marks != 0 { return false }
                record.pointee.flags = flags & ~Flag.referenced
                return flags & Flag.referenced == 0
            }
            if dropped > 0 { isComplete = false }
            statistics.dropped += dropped
            left -= 64
        }
    }

    /// The folds up to this capture are durable: their keys may be dropped, and removed keys go.
    mutating func settle(durable: UInt64) { queue.settle(durable: durable, in: &map) }

    func refuseWhileLent() {
        precondition(loans == 0, "A state was changed while a value of its was borrowed. Change it after withValue or scan has returned.")
    }
}

extension FoldQueue {
    mutating func settle(durable: UInt64, in map: inout ByteMap) {
        settle(durable: durable) { record in
            record.pointee.marks -= 1
            if record.pointee.marks == 0, record.pointee.flags & StateCore.Flag.pinned == 0, !record.hasValue { map.remove(record) }
        }
    }
}

/// Counts of one state of one task since it was opened.
public struct KeyedStateStatistics: Sendable, Equatable {
    /// Keys in memory.
    public internal(set) var keys = 0
    /// Bytes in use for them.
    public internal(set) var memoryBytes = 0
    /// Keys read from the B-tree or from what the last run left in the journal.
    public internal(set) var loaded = 0
    /// Keys dropped because memory was short.
    public internal(set) var dropped = 0
    /// Keys folded into the B-tree.
    public internal(set) var folded = 0
    /// Keys changed and not folded yet.
    public internal(set) var unfolded = 0
}
