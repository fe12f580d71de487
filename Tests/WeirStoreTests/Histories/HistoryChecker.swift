/// Looks for anomalies in a history of list appends. The direct ones are found by looking at each read, the others as cycles of a graph over the
/// transactions that committed. O(operations + elements read), and the graph.
struct HistoryChecker {
    private struct Slot: Hashable {
        let key: UInt64
        let element: UInt32
    }

    private struct Append {
        let transaction: Int
        /// Whether the transaction appended nothing to the key afterwards.
        let isLast: Bool
    }

    /// A read without what its own transaction had appended before.
    private struct ExternalRead {
        let transaction: Int
        let key: UInt64
        let length: Int
    }

    private let history: [HistoryTransaction]
    private var appends: [Slot: Append] = [:]
    private var reads: [ExternalRead] = []
    /// Per key the longest list that was read: its elements in the order of their appends.
    private var orders: [UInt64: [UInt32]] = [:]
    private(set) var anomalies: [Anomaly] = []

    /// - Parameter final: what the keys held after everything had ended; it must hold every append that committed.
    static func check(_ history: [HistoryTransaction], final: [UInt64: [UInt32]]) -> [Anomaly] {
        var checker = HistoryChecker(history)
        checker.indexAppends()
        checker.readDirectly(final)
        checker.findLost(final)
        checker.compareIDs()
        if checker.anomalies.isEmpty || checker.anomalies.allSatisfy({ $0.kind != .incompatibleOrder }) { checker.findCycles() }
        return checker.anomalies
    }

    private init(_ history: [HistoryTransaction]) { self.history = history }

    private mutating func note(_ kind: Anomaly.Kind, _ detail: String) { anomalies.append(Anomaly(kind: kind, detail: detail)) }

    private mutating func indexAppends() {
        for (index, transaction) in history.enumerated() {
            var seen: Set<UInt64> = []
            for case .append(let key, let element) in transaction.operations.reversed() {
                let isLast = seen.insert(key).inserted
                let slot = Slot(key: key, element: element)
                if appends.updateValue(Append(transaction: index, isLast: isLast), forKey: slot) != nil {
                    note(.foreignElement, "element \(element) was appended to key \(key) twice")
                }
            }
        }
    }

    private mutating func readDirectly(_ final: [UInt64: [UInt32]]) {
        for (index, transaction) in history.enumerated() where transaction.outcome == .committed {
            var own: [UInt64: [UInt32]] = [:]
            var known: [UInt64: [UInt32]] = [:]
            for operation in transaction.operations {
                switch operation {
                case .append(let key, let element):
                    own[key, default: []].append(element)
                    known[key]?.append(element)
                case .read(let key, let elements):
                    let mine = own[key] ?? []
                    guard known[key].map({ $0 == elements }) ?? (elements.suffix(mine.count) == mine[...]) else {
                        note(.internalRead, "transaction \(index) read \(elements) from key \(key), after \(known[key] ?? mine)")
                        continue
                    }
                    if known[key] == nil {
                        let outside = Array(elements.dropLast(mine.count))
                        reads.append(ExternalRead(transaction: index, key: key, length: outside.count))
                        take(outside, of: key, by: "transaction \(index)")
                    }
                    known[key] = elements
                }
            }
        }
        for (key, elements) in final.sorted(by: { $0.key < $1.key }) { take(elements, of: key, by: "the final read") }
    }

    /// A list that committed transactions made, seen from outside of them.
    private mutating func take(_ elements: [UInt32], of key: UInt64, by reader: String) {
        for element in elements {
            guard let append = appends[Slot(key: key, element: element)] else {
                note(.foreignElement, "\(reader) read \(element) from key \(key), which nobody appended")
                continue
            }
            if history[append.transaction].outcome == .aborted {
                note(.abortedRead, "\(reader) read \(element) from key \(key), which transaction \(append.transaction) took back")
            }
        }
        if let last = elements.last, let append = appends[Slot(key: key, element: last)], !append.isLast {
            note(.intermediateRead, "\(reader) read key \(key) up to \(last), in the middle of transaction \(append.transaction)")
        }
        let order = orders[key] ?? []
        let (shorter, longer) = elements.count < order.count ? (elements, order) : (order, elements)
        guard longer.starts(with: shorter) else {
            return note(.incompatibleOrder, "\(reader) read \(elements) from key \(key), another read \(order)")
        }
        if elements.count > order.count {
            if Set(elements).count < elements.count { note(.foreignElement, "\(reader) read an element of key \(key) twice") }
            orders[key] = elements
        }
    }

    private mutating func findLost(_ final: [UInt64: [UInt32]]) {
        for (index, transaction) in history.enumerated() where transaction.outcome == .committed {
            for case .append(let key, let element) in transaction.operations where final[key]?.contains(element) != true {
                note(.lostAppend, "transaction \(index) appended \(element) to key \(key); it is not there at the end")
            }
        }
        struct Version: Hashable { let (key, length): (UInt64, Int) }
        var changed: [Version: Int] = [:]
        for read in reads {
            let appended = history[read.transaction].operations.contains {
                if case .append(read.key, _) = $0 { true } else { false }
            }
            guard appended, let other = changed.updateValue(read.transaction, forKey: Version(key: read.key, length: read.length)) else {
                continue
            }
            note(
                .lostUpdate,
                "transactions \(other) and \(read.transaction) both read \(read.length) elements of key \(read.key) and appended")
        }
    }

    private mutating func compareIDs() {
        func id(_ key: UInt64, _ position: Int) -> UInt64? {
            guard let order = orders[key], order.indices.contains(position) else { return nil }
            return appends[Slot(key: key, element: order[position])].map { history[$0.transaction].id }
        }
        for key in orders.keys.sorted() {
            for position in orders[key]!.indices.dropFirst() {
                guard let before = id(key, position - 1), let after = id(key, position), before > after else { continue }
                note(.transactionID, "key \(key) was appended to by transaction ID \(before) before \(after)")
            }
        }
        for read in reads where history[read.transaction].isSnapshot {
            let shown = history[read.transaction].id
            if let last = id(read.key, read.length - 1), last > shown {
                note(.transactionID, "a snapshot of ID \(shown) shows key \(read.key) as of \(last)")
            }
            if let next = id(read.key, read.length), next <= shown {
                note(.transactionID, "a snapshot of ID \(shown) does not show what \(next) appended to key \(read.key)")
            }
        }
    }

    private mutating func findCycles() {
        var graph = HistoryGraph(count: history.count)
        func writer(_ key: UInt64, _ position: Int) -> Int? {
            guard let order = orders[key], order.indices.contains(position) else { return nil }
            return appends[Slot(key: key, element: order[position])]?.transaction
        }
        for (key, order) in orders {
            for position in order.indices.dropFirst() {
                if let a = writer(key, position - 1), let b = writer(key, position) { graph.connect(a, b, .writeWrite) }
            }
        }
        for read in reads {
            if let last = writer(read.key, read.length - 1) { graph.connect(last, read.transaction, .writeRead) }
            // The transaction's own append is not what overwrote what it read.
            if let next = writer(read.key, read.length) { graph.connect(read.transaction, next, .readWrite) }
        }
        graph.connectRealTime(history)
        anomalies += graph.cycles()
    }
}
