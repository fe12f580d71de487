/// What one partition has emitted and not yet committed, in at-least-once: which ranges of offsets are under way, which must be replayed, and up to where
/// all is processed.
struct PendingWindow {
    struct Replay: Equatable {
        let range: Range<UInt64>
        /// How often it has failed.
        let failures: Int
    }

    private enum State: Equatable {
        case pending(root: UInt64)
        case processed
        case failed
    }

    private struct Span {
        var range: Range<UInt64>
        var state: State
        var failures: Int
        var tuples: Int
    }

    /// Adjacent and in order of offsets.
    private var spans: [Span] = []
    private var starts: [UInt64: UInt64] = [:]
    /// Everything below is processed.
    private(set) var watermark: UInt64
    /// Tuples under way or waiting for their replay.
    private(set) var tuples = 0
    /// Tuples that have been processed.
    private(set) var settled = 0

    init(from offset: UInt64) { watermark = offset }

    /// Whether all that was emitted is processed.
    var isSettled: Bool { spans.isEmpty }

    /// Whether something is under way; what failed is not.
    var hasPending: Bool { !starts.isEmpty }

    /// The spout went over `range` for the first time; root 0: there was nothing in it to process.
    mutating func emitted(_ range: Range<UInt64>, root: UInt64, tuples count: Int) {
        guard !range.isEmpty else { return }
        spans.append(Span(range: range, state: root == 0 ? .processed : .pending(root: root), failures: 0, tuples: count))
        if root == 0 {
            settled += count
            return settle()
        }
        starts[root] = range.lowerBound
        tuples += count
    }

    /// All that descends from the root has been processed. Roots that are not known any more are let pass.
    mutating func processed(_ root: UInt64) {
        guard let index = forget(root) else { return }
        tuples -= spans[index].tuples
        settled += spans[index].tuples
        spans[index].state = .processed
        settle()
    }

    /// The root failed or timed out. Returns its range when it is to be replayed.
    mutating func failed(_ root: UInt64) -> Range<UInt64>? {
        guard let index = forget(root) else { return nil }
        spans[index].state = .failed
        spans[index].failures += 1
        return spans[index].range
    }

    /// What is to be replayed first.
    var nextReplay: Replay? {
        guard let span = spans.first(where: { $0.state == .failed }) else { return nil }
        return Replay(range: span.range, failures: span.failures)
    }

    /// The beginning of the failed range at `range.lowerBound` was emitted again under a new root; the rest of it still waits. Root 0: nothing in it.
    mutating func replayed(_ range: Range<UInt64>, root: UInt64, tuples count: Int) {
        guard let index = index(of: range.lowerBound), spans[index].state == .failed else { return }
        let old = spans[index]
        let end = min(range.upperBound, old.range.upperBound)
        tuples += (root == 0 ? 0 : count) - old.tuples
        spans[index] = Span(
            range: old.range.lowerBound..<end, state: root == 0 ? .processed : .pending(root: root), failures: old.failures, tuples: count)
        if root != 0 { starts[root] = old.range.lowerBound } else { settled += count }
        if end < old.range.upperBound {
            let rest = max(0, old.tuples - count)
            spans.insert(Span(range: end..<old.range.upperBound, state: .failed, failures: old.failures, tuples: rest), at: index + 1)
            tuples += rest
        }
        settle()
    }

    private mutating func forget(_ root: UInt64) -> Int? {
        guard let start = starts.removeValue(forKey: root) else { return nil }
        return index(of: start)
    }

    private func index(of start: UInt64) -> Int? {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].range.lowerBound < start { low = middle + 1 } else { high = middle }
        }
        return low < spans.count && spans[low].range.lowerBound == start ? low : nil
    }

    private mutating func settle() {
        var count = 0
        while count < spans.count, spans[count].state == .processed {
            watermark = spans[count].range.upperBound
            count += 1
        }
        if count > 0 { spans.removeFirst(count) }
    }
}
