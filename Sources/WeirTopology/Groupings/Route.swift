/// One open arena and the channel it will leave by.
struct Lane {
    var arena: UnsafeMutablePointer<Arena>?
    var lastRoot: UInt64 = 0
    var lastIndex = UInt32.max
    let channel: Unmanaged<Channel>
}

/// One subscription to a stream, as the emitting task sees it: a grouping and the lanes to the consumer's tasks.
struct Route {
    enum Kind { case shuffle, byOrigin, all, global, direct, fields, partialKey, partialKeyByOrigin, custom }
    let kind: Kind
    let lanes: UnsafeMutablePointer<Lane>
    let count: Int
    /// The positions of the fields that it groups by. A buffer and not an array: nothing is retained per tuple.
    let keys: UnsafeBufferPointer<Int>
    let custom: CustomGrouping?
    let shape: UnsafePointer<StreamShape>
    var cursor: Int
    /// Partial key: how many tuples each task got from here.
    let loads: UnsafeMutablePointer<UInt64>
}

/// The subscriptions of one stream.
struct StreamRoutes {
    let name: String
    let fieldCount: Int
    let isDirect: Bool
    let routes: UnsafeMutableBufferPointer<Route>
}

/// Where keys go. Stable across runs and machines: keyed state depends on it.
enum Partitioning {
    /// The task of a hash: its upper half, scaled.
    @inline(__always)
    static func task(_ hash: UInt64, _ count: Int) -> Int { Int(((hash >> 32) &* UInt64(count)) >> 32) }

    /// A second, independent hash from a first one.
    @inline(__always)
    static func mix(_ hash: UInt64) -> UInt64 {
        var z = hash &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
