/// What the tuple being executed descends from: its roots for the acker, its origin for exactly-once bolts.
struct Trace {
    static let anchorSize = 4
    static let originSize = 20

    /// The spout emission; 0: none, nothing is tracked.
    var root: UInt64 = 0
    var source: UInt32 = 0
    /// Further roots, when held tuples are the anchors.
    var further: [(root: UInt64, source: UInt32)] = []
    /// Where the spout's tuple lay in its partition.
    var offset: UInt64 = 0
    /// Which of that tuple's descendants this is: a hash of the way it came, the same on each replay when the bolts on the way are deterministic.
    var path: UInt64 = 0
    var ordinal: UInt64 = 0

    @inline(__always)
    mutating func begin(offset: UInt64, path: UInt64) {
        self.offset = offset
        self.path = path
        ordinal = 0
    }

    /// Writes the origin of the next emission into the row's trace.
    mutating func stamp(_ row: UnsafeMutableRawPointer) {
        ordinal &+= 1
        let child = Partitioning.mix(path &+ ordinal &* 0x9E37_79B9_7F4A_7C15)
        row.storeBytes(of: offset.littleEndian, toByteOffset: RowLayout.lengthSize + Self.anchorSize, as: UInt64.self)
        row.storeBytes(of: child.littleEndian, toByteOffset: RowLayout.lengthSize + Self.anchorSize + 8, as: UInt64.self)
    }

    /// A hash of the origin that `stamp` wrote.
    func stampedHash(_ row: UnsafeMutableRawPointer) -> UInt64 {
        let path = row.loadUnaligned(fromByteOffset: RowLayout.lengthSize + Self.anchorSize + 8, as: UInt64.self)
        return Partitioning.mix(UInt64(littleEndian: path) ^ Partitioning.mix(offset))
    }
}
