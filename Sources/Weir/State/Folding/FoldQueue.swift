import DequeModule

/// A state's changed keys on their way to the B-tree: those of this round in key order, those of the next as they come, and those whose
/// commit is not yet durable.
struct FoldQueue: ~Copyable {
    struct Slice {
        var capture: UInt64
        var records: ContiguousArray<ByteRecordPointer>
    }

    private var round = KeyOrder()
    /// Keys changed since they were last folded, and not in this round.
    private var next: ContiguousArray<KeyOrder.Entry> = []
    /// The capture at which this round began.
    private var roundStart: UInt64 = 0
    /// What was captured up to here is folded.
    private(set) var foldedThrough: UInt64 = 0
    private var inFlight: Deque<Slice> = []
    private var spare: [ContiguousArray<ByteRecordPointer>] = []
    private var pace: FoldPace
    private(set) var folded: UInt64 = 0

    init(_ pace: FoldPace) { self.pace = pace }

    var memory: Int { (next.capacity + round.left) * MemoryLayout<KeyOrder.Entry>.stride }
    /// Keys not folded yet.
    var left: Int { round.left + next.count }

    @inline(__always)
    mutating func add(_ record: ByteRecordPointer) { next.append(KeyOrder.Entry(prefix: record.keyPrefix, record: record)) }

    /// Takes the keys that are due with this capture, and says up to where all is folded then.
    ///
    /// `most` bounds the keys of one commit. Rounds follow each other within a capture only while `rushed`.
    mutating func fold(
        capture: UInt64, appended: UInt64, tail: Int, rushed: Bool, most: Int, _ emit: (ByteRecordPointer) -> Void
    ) {
        let rushed = rushed || pace.isRushed(tail: tail)
        var due = min(most, rushed ? most : pace.due(left: round.left, appended: appended, tail: tail))
        var slice = Slice(capture: capture, records: spare.popLast() ?? [])
        while true {
            if round.left == 0 {
                foldedThrough = roundStart
                if next.isEmpty {
                    foldedThrough = capture
                    roundStart = capture
                    break
                }
                beginRound(capture, appended)
                if !rushed { break }
            }
            guard due > 0, let record = round.take() else { break }
            due -= 1
            emit(record)
            slice.records.append(record)
        }
        folded += UInt64(slice.records.count)
        if slice.records.isEmpty { spare.append(slice.records) } else { inFlight.append(slice) }
    }

    private mutating func beginRound(_ capture: UInt64, _ appended: UInt64) {
        pace.begin(keys: next.count, appended: appended)
        roundStart = capture
        var ended = KeyOrder(next)
        next = []
        swap(&ended, &round)
        next = ended.reclaim()
    }

    /// Hands out the records of the folds that are durable now.
    mutating func settle(durable: UInt64, _ body: (ByteRecordPointer) -> Void) {
        while let slice = inFlight.first, slice.capture <= durable {
            var records = inFlight.removeFirst().records
            for record in records { body(record) }
            records.removeAll(keepingCapacity: true)
            if spare.count < 4 { spare.append(records) }
        }
    }
}
