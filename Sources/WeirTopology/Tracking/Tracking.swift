/// What a task owes the acker: for each root, the XOR of the edges it consumed and produced since it last reported.
struct Tracking {
    struct Due: Equatable {
        let root: UInt64
        var edges: UInt64
    }

    /// What is owed, in order; the same root may come twice.
    var dues: [Due] = []
    var failed: [UInt64] = []
    private var generator: SplitMix

    init(seed: UInt64) { generator = SplitMix(seed: seed) }

    mutating func newEdge(of root: UInt64) -> UInt64 {
        let edge = generator.next()
        owe(root, edge)
        return edge
    }

    mutating func owe(_ root: UInt64, _ edge: UInt64) {
        if let last = dues.indices.last, dues[last].root == root {
            dues[last].edges ^= edge
        } else {
            dues.append(Due(root: root, edges: edge))
        }
    }

    mutating func newRoot() -> UInt64 { generator.next() | 1 }
}

/// Sebastiano Vigna's SplitMix64: 64 random bits in a few instructions.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Partitioning.mix(state &- 0x9E37_79B9_7F4A_7C15)
    }
}
