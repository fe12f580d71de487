/// The tuples that a bolt holds, and what it owes for them: an edge from the bolt to itself that lasts until the tuple is released.
struct HeldTuples {
    private struct Held {
        var edges: [(root: UInt64, source: UInt32, edge: UInt64)]
        var offset: UInt64
        var path: UInt64
    }

    private var held: [UInt64: Held] = [:]
    private var last: UInt64 = 0

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
    func trace(of keys: [UInt64]) -> Trace {
        var trace = Trace()
        for key in keys {
            guard let entry = held[key] else { continue }
            for edge in entry.edges {
                if trace.root == 0 {
                    (trace.root, trace.source) = (edge.root, edge.source)
                    trace.begin(offset: entry.offset, path: Partitioning.mix(entry.path))
                } else if trace.root != edge.root, !trace.further.contains(where: { $0.root == edge.root }) {
                    trace.further.append((edge.root, edge.source))
                }
            }
        }
        return trace
    }
}

extension Emitter {
    mutating func hold() -> UInt64 { held.hold(trace, &tracking) }

    mutating func release(_ key: UInt64, failed: Bool) {
        if held.release(key, failed: failed, &tracking), failed, traceSize == 0 {
            fail(TopologyError(.componentFailed, "\"\(component)\" failed a tuple that it held."))
        }
    }

    mutating func replaceAnchors(with keys: [UInt64]) -> Trace {
        let before = trace
        trace = held.trace(of: keys)
        return before
    }

    mutating func restoreAnchors(_ before: Trace) { trace = before }

    mutating func stage(_ write: @escaping StagedWrite) { staged.append(write) }
}
