/// Which transaction must have come before which, and why. A strictly serializable history has no cycle.
struct HistoryGraph {
    /// Why one transaction comes before another.
    enum Reason: UInt8, CaseIterable {
        /// It wrote what the other wrote over.
        case writeWrite
        /// It wrote what the other read.
        case writeRead
        /// It read what the other wrote over.
        case readWrite
        /// It had ended before the other began.
        case realTime
    }

    private var edges: [[(to: Int, reason: Reason)]]

    init(count: Int) { edges = Array(repeating: [], count: count) }

    mutating func connect(_ from: Int, _ to: Int, _ reason: Reason) {
        guard from != to, !edges[from].contains(where: { $0 == (to, reason) }) else { return }
        edges[from].append((to, reason))
    }

    /// Of all that had ended when a transaction began, only those are connected that no other one of them had waited for: the rest follows. So each
    /// gets as many edges as there are clients, at most.
    mutating func connectRealTime(_ history: [HistoryTransaction]) {
        let committed = history.indices.filter { history[$0].outcome == .committed }
        let moments = committed.flatMap { [(history[$0].began, $0, true), (history[$0].ended, $0, false)] }.sorted { $0.0 < $1.0 }
        var ended: [Int] = []
        for (_, index, begins) in moments {
            if begins {
                for before in ended { edges[before].append((index, .realTime)) }
            } else {
                ended.removeAll { history[$0].ended < history[index].began }
                ended.append(index)
            }
        }
    }

    /// One anomaly for each group of transactions that lie on cycles together, named after the weakest reasons that already make one.
    func cycles() -> [Anomaly] {
        guard !components(Set(Reason.allCases)).isEmpty else { return [] }
        let steps: [(Set<Reason>, Anomaly.Kind)] = [
            ([.writeWrite], .dirtyWrite), ([.writeWrite, .writeRead], .circularFlow),
            ([.writeWrite, .writeRead, .readWrite], .antiDependency), (Set(Reason.allCases), .realTime),
        ]
        var explained: Set<Int> = []
        var found: [Anomaly] = []
        for (reasons, kind) in steps {
            for component in components(reasons) where explained.isDisjoint(with: component) {
                explained.formUnion(component)
                let single = kind == .antiDependency ? cycleOverOneAntiDependency(component) : nil
                let path = single ?? shortestCycle(component, reasons)
                found.append(Anomaly(kind: single == nil ? kind : .singleAntiDependency, detail: path))
            }
        }
        return found
    }

    /// The strongly connected components with more than one transaction (Tarjan's algorithm, without recursion). O(edges).
    private func components(_ reasons: Set<Reason>) -> [[Int]] {
        var order = [Int](repeating: -1, count: edges.count)
        var low = order
        var isOpen = [Bool](repeating: false, count: edges.count)
        var open: [Int] = []
        var path: [(node: Int, next: Int)] = []
        var counter = 0
        var found: [[Int]] = []
        for start in edges.indices where order[start] < 0 {
            path.append((start, 0))
            while let (node, next) = path.last {
                if next == 0 {
                    (order[node], low[node]) = (counter, counter)
                    counter += 1
                    open.append(node)
                    isOpen[node] = true
                }
                if let (offset, edge) = edges[node].enumerated().dropFirst(next).first(where: { reasons.contains($1.reason) }) {
                    path[path.count - 1].next = offset + 1
                    if order[edge.to] < 0 {
                        path.append((edge.to, 0))
                    } else if isOpen[edge.to] {
                        low[node] = min(low[node], order[edge.to])
                    }
                    continue
                }
                path.removeLast()
                if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
                guard low[node] == order[node] else { continue }
                let from = open.lastIndex(of: node)!
                for member in open[from...] { isOpen[member] = false }
                if open.count - from > 1 { found.append(Array(open[from...])) }
                open.removeLast(open.count - from)
            }
        }
        return found
    }

    private func cycleOverOneAntiDependency(_ component: [Int]) -> String? {
        let inside = Set(component)
        for node in component {
            for edge in edges[node] where edge.reason == .readWrite && inside.contains(edge.to) {
                guard let path = path(from: edge.to, to: node, inside, [.writeWrite, .writeRead]) else { continue }
                return describe([(node, nil), (edge.to, .readWrite)] + path)
            }
        }
        return nil
    }

    private func shortestCycle(_ component: [Int], _ reasons: Set<Reason>) -> String {
        let inside = Set(component)
        var best: [(Int, Reason?)] = []
        // Of a large component a few members tell enough.
        for node in component.prefix(50) {
            for edge in edges[node] where reasons.contains(edge.reason) && inside.contains(edge.to) {
                guard let path = path(from: edge.to, to: node, inside, reasons) else { continue }
                if best.isEmpty || path.count + 2 < best.count { best = [(node, nil), (edge.to, edge.reason)] + path }
            }
        }
        return describe(best)
    }

    /// The shortest way, without its first transaction.
    private func path(from: Int, to: Int, _ inside: Set<Int>, _ reasons: Set<Reason>) -> [(Int, Reason?)]? {
        var cameBy: [Int: (Int, Reason)] = [:]
        var queue = [from]
        var head = 0
        while head < queue.count, from != to, cameBy[to] == nil {
            let node = queue[head]
            head += 1
            for edge in edges[node]
            where reasons.contains(edge.reason) && inside.contains(edge.to) && edge.to != from && cameBy[edge.to] == nil {
                cameBy[edge.to] = (node, edge.reason)
                queue.append(edge.to)
            }
        }
        var path: [(Int, Reason?)] = []
        var node = to
        while node != from {
            guard let (before, reason) = cameBy[node] else { return nil }
            path.insert((node, reason), at: 0)
            node = before
        }
        return path
    }

    private func describe(_ path: [(Int, Reason?)]) -> String {
        path.map { node, reason in (reason.map { " -\($0)-> " } ?? "") + "transaction \(node)" }.joined()
    }
}
