/// Decides when a batch is closed, when all have handed in their part, and when the run is over. Facts in, actions out; knows no clock and no thread.
///
/// The three guarantees differ in the order in which parts are asked for:
/// - aligned (exactly-once): spouts close the batch and send a marker; each task hands in its part when the marker has passed it. Up to `maximumInFlight`
///   batches are closed and not yet committed.
/// - offsets first (at-least-once): the spouts' offsets, all below which is processed; then the tasks' states: they hold at least that.
/// - states first (at-most-once): the tasks' states; then the spouts' offsets: the states hold at most what lies below them.
/// The last batch is aligned in all three: it follows everything.
struct BatchCoordinator {
    enum Order: Equatable { case aligned, offsetsFirst, statesFirst }

    enum Action: Equatable {
        /// All spout tasks, all bolt tasks: hand in your part of this batch.
        case askSpouts(UInt64)
        case askBolts(UInt64)
        /// As above, and there is nothing after it.
        case askLast(UInt64)
        /// All parts are there: commit.
        case submit(UInt64)
        /// Everything is committed.
        case finish
    }

    private struct Collecting: Equatable {
        let batch: UInt64
        var spoutsLeft: Int
        var boltsLeft: Int
    }

    let order: Order
    let interval: UInt64
    let maximumInFlight: Int
    private let spouts: Int
    private let bolts: Int
    private var collecting: [Collecting] = []
    private var submitted: [UInt64] = []
    private var lastClose: UInt64
    private var lastActivity: UInt64 = 0
    private var lastBatch: UInt64
    private var finalBatch: UInt64?
    private var isEnding = false
    private(set) var isFinished = false

    init(order: Order, spouts: Int, bolts: Int, interval: UInt64, maximumInFlight: Int, after batch: UInt64 = 0, now: UInt64 = 0) {
        self.order = order
        self.spouts = spouts
        self.bolts = bolts
        self.interval = interval
        self.maximumInFlight = maximumInFlight
        lastBatch = batch
        lastClose = now
    }

    /// Batches that are closed and not yet committed.
    var inFlight: Int { collecting.count + submitted.count }

    /// When to poll next, if nothing else happens; nil: when there is activity, or a commit is done.
    func deadline(activity: UInt64) -> UInt64? {
        guard !isFinished, finalBatch == nil, activity != lastActivity, mayClose else { return nil }
        return lastClose &+ interval
    }

    /// Whether there is nothing to commit: the next activity has to be noticed. When something waits for a commit in flight, its end polls.
    func isIdle(activity: UInt64) -> Bool { activity == lastActivity && finalBatch == nil }

    /// Time has passed. `activity` counts what there is to commit: it has not grown on an idle source, and there are no empty commits.
    mutating func poll(now: UInt64, activity: UInt64) -> [Action] {
        guard finalBatch == nil, mayClose else { return [] }
        if isEnding { return closeLast(activity) }
        guard activity != lastActivity, now >= lastClose &+ interval else { return [] }
        lastActivity = activity
        lastClose = now
        lastBatch += 1
        collecting.append(Collecting(batch: lastBatch, spoutsLeft: spouts, boltsLeft: bolts))
        return [order == .statesFirst && bolts > 0 ? .askBolts(lastBatch) : .askSpouts(lastBatch)]
    }

    /// Every spout task has come to its end.
    mutating func spoutsEnded(activity: UInt64) -> [Action] {
        isEnding = true
        return mayClose && finalBatch == nil ? closeLast(activity) : []
    }

    /// A spout task has handed in its part.
    mutating func spoutHandedIn(_ batch: UInt64) -> [Action] {
        guard let index = collecting.firstIndex(where: { $0.batch == batch }) else { return [] }
        collecting[index].spoutsLeft -= 1
        if order == .offsetsFirst, batch != finalBatch, collecting[index].spoutsLeft == 0, collecting[index].boltsLeft > 0 {
            return [.askBolts(batch)]
        }
        return complete(index)
    }

    /// A bolt task has handed in its part.
    mutating func boltHandedIn(_ batch: UInt64) -> [Action] {
        guard let index = collecting.firstIndex(where: { $0.batch == batch }) else { return [] }
        collecting[index].boltsLeft -= 1
        if order == .statesFirst, batch != finalBatch, collecting[index].boltsLeft == 0, collecting[index].spoutsLeft > 0 {
            return [.askSpouts(batch)]
        }
        return complete(index)
    }

    /// The batch is durable, or had nothing in it.
    mutating func committed(_ batch: UInt64, now: UInt64, activity: UInt64) -> [Action] {
        submitted.removeAll { $0 == batch }
        if batch == finalBatch {
            isFinished = true
            return [.finish]
        }
        return poll(now: now, activity: activity)
    }

    private var mayClose: Bool { inFlight < maximumInFlight && (order == .aligned || collecting.isEmpty) }

    private mutating func closeLast(_ activity: UInt64) -> [Action] {
        lastActivity = activity
        lastBatch += 1
        finalBatch = lastBatch
        collecting.append(Collecting(batch: lastBatch, spoutsLeft: spouts, boltsLeft: bolts))
        return [.askLast(lastBatch)]
    }

    private mutating func complete(_ index: Int) -> [Action] {
        guard collecting[index].spoutsLeft == 0, collecting[index].boltsLeft == 0 else { return [] }
        let batch = collecting.remove(at: index).batch
        submitted.append(batch)
        return [.submit(batch)]
    }
}
