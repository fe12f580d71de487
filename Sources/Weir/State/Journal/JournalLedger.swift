import DequeModule

/// Which rows the journal holds, and what each of them still waits for. A pure value.
///
/// A row may go when everything in it is in the B-tree: what each state captured in it, and, of the rows that were there at the
/// opening, the recovery overlay. Rows go from the front only, so that what is left is always the newest values, in order. The last row
/// always stays: it says which commit came last.
struct JournalLedger: Sendable {
    struct Row: Sendable, Equatable {
        var id: UInt64
        var firstChunk: UInt32
        var chunks: UInt32
        /// Bytes that count towards the limit.
        var cost: Int
    }

    private struct Capture: Sendable {
        var number: UInt64
        var row: UInt64
    }

    private var rows: Deque<Row> = []
    /// The number of the first row; they are numbered on and on.
    private var first: UInt64 = 0
    private var unfolded: [Deque<Capture>] = []
    /// Rows before this wait for the overlay.
    private var overlayEnd: UInt64 = 0
    private(set) var bytes = 0

    var count: Int { rows.count }
    var last: Row? { rows.last }
    /// Records of all rows.
    var chunks: Int { rows.reduce(0) { $0 + Int($1.chunks) } }

    mutating func addState() -> Int {
        unfolded.append([])
        return unfolded.count - 1
    }

    mutating func append(_ row: Row) {
        rows.append(row)
        bytes += row.cost
    }

    /// The rows there are so far are in the recovery overlay.
    mutating func beginOverlay() { overlayEnd = first + UInt64(rows.count) }
    /// The overlay is in the B-tree.
    mutating func endOverlay() { overlayEnd = 0 }

    /// The next row to be appended holds changes of a state's capture.
    mutating func changed(state: Int, capture: UInt64) {
        unfolded[state].append(Capture(number: capture, row: first + UInt64(rows.count)))
    }

    /// A state's changes up to a capture are in the B-tree.
    mutating func folded(state: Int, through capture: UInt64) {
        while let oldest = unfolded[state].first, oldest.number <= capture { unfolded[state].removeFirst() }
    }

    /// Everything is in the B-tree.
    mutating func foldedAll() {
        for state in unfolded.indices { unfolded[state].removeAll(keepingCapacity: true) }
        overlayEnd = 0
    }

    /// How many rows from the front hold nothing any more that is not in the B-tree.
    var deletable: Int {
        if overlayEnd > first { return 0 }
        let oldest = unfolded.reduce(first + UInt64(rows.count)) { min($0, $1.first?.row ?? .max) }
        return min(Int(oldest - first), rows.count)
    }

    /// Whether a row of this cost stays under a limit, if what is deletable goes. O(1) unless it is close.
    func hasRoom(for cost: Int, limit: Int) -> Bool {
        bytes + cost <= limit || bytes - rows.prefix(deletable).reduce(0) { $0 + $1.cost } + cost <= limit
    }

    mutating func removeFirst() -> Row? {
        guard let row = rows.popFirst() else { return nil }
        first += 1
        bytes -= row.cost
        return row
    }
}
