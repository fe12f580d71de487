/// A batch of encoded rows in one buffer: what travels between tasks. Recycled through an ``ArenaPool``, never zeroed.
///
/// In an at-least-once topology it carries the anchors that its rows refer to: a row costs 4 bytes, an anchor is shared by the rows of a root.
struct Arena {
    var base: UnsafeMutableRawPointer
    var count = 0
    var capacity: Int
    var rows = 0
    var anchors: UnsafeMutablePointer<Anchor>?
    var anchorCount = 0
    var anchorCapacity = 0
    /// The next one in the pool.
    var next: UnsafeMutablePointer<Arena>?

    init(capacity: Int) {
        base = .allocate(byteCount: capacity, alignment: 64)
        self.capacity = capacity
    }

    func deallocate() {
        base.deallocate()
        anchors?.deallocate()
    }

    mutating func reserve(_ bytes: Int) {
        guard count + bytes > capacity else { return }
        let larger = max(capacity * 2, count + bytes)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 64)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    /// Adds an anchor and returns its index.
    mutating func append(_ anchor: Anchor) -> UInt32 {
        if anchorCount == anchorCapacity {
            let larger = max(8, anchorCapacity * 2)
            let moved = UnsafeMutablePointer<Anchor>.allocate(capacity: larger)
            if let anchors {
                moved.moveInitialize(from: anchors, count: anchorCount)
                anchors.deallocate()
            }
            anchors = moved
            anchorCapacity = larger
        }
        (anchors! + anchorCount).initialize(to: anchor)
        anchorCount += 1
        return UInt32(anchorCount - 1)
    }
}

/// What ties rows to the spout emission they descend from: Storm's root and edge IDs.
struct Anchor {
    /// The emission. 0: none.
    var root: UInt64
    /// This step of it.
    var edge: UInt64
    /// The spout partition that the root came from: its position among all partitions of the run.
    var source: UInt32
    /// The next anchor of a row that has several; `UInt32.max`: none.
    var next = UInt32.max
}
