/// The tuples that a bolt holds, and what it owes for them: an edge from the bolt to itself that lasts until the tuple is released.
struct HeldTuples {
    private struct Held {
        var edges: [(root: UInt64, source: UInt32, edge: UInt64)]
        var offset: UInt64
        var path: UInt64
        /// How many emissions had it as their first anchor: the next one is another tuple.
        var ordinal: UInt64 = 0
    }

    private var held: [UInt64: Held] = [:]
    private var last: UInt64 = 0
    /// The first anchor of what is emitted now; nil: it is anchored to the tuple being executed.
    private var first: UInt64?

    var count: Int { held.count }

    mutating func hold(_ trace: Trace, _ tracking: inout Tracking) -> UInt64 {
        last += 1
        var edges: [(root: UInt64, source: UInt32, edge: UInt64)] = []
        if trace.root != 0 {
            edges.append((trace.root, trace.source, tracking.newEdge(of: trace.root)))
            for further in trace.further { edges.append((further.root, further.source, tracking.newEdge(of: further.root))) }
        }
        held[last] = Held(edges: edges, offset: trace.offset, path: trace.path)
        return last
    }

    /// False when it was released before.
    mutating func release(_ key: UInt64, failed: Bool, _ tracking: inout Tracking) -> Bool {
        guard let entry = held.removeValue(forKey: key) else { return false }
        for edge in entry.edges {
            if failed { tracking.failed.append(edge.root) } else { tracking.owe(edge.root, edge.edge) }
        }
        return true
    }

    /// What an emission that is anchored to these descends from; its origin is the first one's.
    private func trace(of keys: [UInt64]) -> Trace {
        var trace = Trace()
        for key in keys {
            guard let entry = held[key] else { continue }
            for edge in entry.edges {
                if trace.root == 0 {
                    (trace.root, trace.source) = (edge.root, edge.source)
                    trace.begin(offset: entry.offset, path: Partitioning.mix(entry.path))
                    trace.ordinal = entry.ordinal
                } else if trace.root != edge.root, !trace.further.contains(where: { $0.root == edge.root }) {
                    trace.further.append((edge.root, edge.source))
                }
            }
        }
        return trace
    }

    /// From now on emissions descend from these. Returns what they descended from before.
    mutating func anchor(to keys: [UInt64], _ trace: inout Trace) -> Anchorage {
        let before = Anchorage(trace: trace, first: first)
        noteOrdinal(trace)
        first = keys.first { held[$0].map { !$0.edges.isEmpty } ?? false }
        trace = self.trace(of: keys)
        return before
    }

    /// Emissions descend again from what they descended from before.
    mutating func anchor(backTo before: Anchorage, _ trace: inout Trace) {
        noteOrdinal(trace)
        (trace, first) = (before.trace, before.first)
        // One within the other may have had the same first anchor.
        if let first, let entry = held[first] { trace.ordinal = entry.ordinal }
    }

    private mutating func noteOrdinal(_ trace: Trace) {
        if let first { held[first]?.ordinal = trace.ordinal }
    }

    /// What emissions descend from.
    struct Anchorage {
        fileprivate let trace: Trace
        fileprivate let first: UInt64?
    }
}

extension Emitter {
    mutating func hold() -> UInt64 { held.hold(trace, &tracking) }

    mutating func release(_ key: UInt64, failed: Bool) {
        if held.release(key, failed: failed, &tracking), failed, traceSize == 0 {
            fail(TopologyError(.componentFailed, "\"\(component)\" failed a tuple that it held."))
        }
    }

    mutating func replaceAnchors(with keys: [UInt64]) -> HeldTuples.Anchorage { held.anchor(to: keys, &trace) }

    mutating func restoreAnchors(_ before: HeldTuples.Anchorage) { held.anchor(backTo: before, &trace) }

    mutating func stage(_ write: @escaping StagedWrite) { staged.append(write) }
}
