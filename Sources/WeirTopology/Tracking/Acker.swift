/// Storm's acker: knows of each root whether all that descends from it has been processed, in 20 bytes per root.
///
/// Each edge, a batch of rows sent from one task to another, has a random ID that is XORed in when it is made and once more when it is consumed: zero
/// means that nothing is under way. Facts in, settled roots out; time passes in `rotate`.
struct Acker {
    struct Settled: Equatable {
        let root: UInt64
        /// The spout task that emitted it.
        let owner: Int
    }

    private struct Entry {
        var edges: UInt64
        /// Below zero until the spout has said that it began: reports may overtake it.
        var owner: Int
    }

    private var entries: [UInt64: Entry] = [:]
    /// Roots by age, the newest last. A root whose bucket falls off the other end has timed out.
    private var buckets: [[UInt64]]

    /// - Parameter buckets: a root times out after `buckets - 1` to `buckets` rotations.
    init(buckets: Int = 3) { self.buckets = Array(repeating: [], count: buckets) }

    /// How many roots are under way.
    var count: Int { entries.count }

    /// The spout has emitted a root; `edges` is the XOR of the edges it made. True when all of it has been processed already.
    mutating func begin(_ root: UInt64, edges: UInt64, owner: Int) -> Bool {
        var entry = entries[root] ?? fresh(root)
        entry.edges ^= edges
        entry.owner = owner
        if entry.edges == 0 {
            entries[root] = nil
            return true
        }
        entries[root] = entry
        return false
    }

    /// A task has consumed and made edges. All of its report is taken before anything is settled.
    mutating func report(_ dues: [Tracking.Due], settled: inout [Settled]) {
        for due in dues {
            var entry = entries[due.root] ?? fresh(due.root)
            entry.edges ^= due.edges
            entries[due.root] = entry
        }
        for due in dues {
            guard let entry = entries[due.root], entry.edges == 0, entry.owner >= 0 else { continue }
            entries[due.root] = nil
            settled.append(Settled(root: due.root, owner: entry.owner))
        }
    }

    /// A task could not process a tuple of this root. Returns whose it was; nil when it is not known any more.
    mutating func fail(_ root: UInt64) -> Settled? {
        guard let entry = entries.removeValue(forKey: root), entry.owner >= 0 else { return nil }
        return Settled(root: root, owner: entry.owner)
    }

    /// Time has passed: returns the roots that timed out. What nobody began is forgotten.
    mutating func rotate() -> [Settled] {
        let oldest = buckets.removeFirst()
        buckets.append([])
        return oldest.compactMap { fail($0) }
    }

    private mutating func fresh(_ root: UInt64) -> Entry {
        buckets[buckets.count - 1].append(root)
        return Entry(edges: 0, owner: -1)
    }
}
