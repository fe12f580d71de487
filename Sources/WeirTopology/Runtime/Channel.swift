import Synchronization

/// What flows from one task to one other on one stream: arenas and markers, in order, at most `capacity` of them under way.
// Sendable: `pending` belongs to the producing task, `marker` to the consuming one; a task runs on one thread at a time.
final class Channel: @unchecked Sendable {
    let queue: SPSCQueue
    let shape: UnsafePointer<StreamShape>
    unowned let producer: RuntimeTask
    unowned let consumer: RuntimeTask
    private let isProducerWaiting = Atomic(false)
    /// Producer: what did not fit. Bounded by what one input arena expands to, since a task with pending output takes no input.
    private var pending: [UInt] = []
    private var pendingStart = 0
    /// Consumer: the last marker that came.
    var marker: UInt64 = 0

    init(from producer: RuntimeTask, to consumer: RuntimeTask, shape: UnsafePointer<StreamShape>, capacity: Int) {
        queue = SPSCQueue(capacity: capacity)
        self.shape = shape
        self.producer = producer
        self.consumer = consumer
    }

    /// An arena's address, or a marker: batch number and a 1.
    static func word(marker: UInt64) -> UInt { UInt(marker) << 1 | 1 }

    var hasPending: Bool { pendingStart < pending.count }

    func send(_ word: UInt) {
        if !hasPending, queue.push(word) {
            consumer.notify()
        } else {
            pending.append(word)
            producer.hasPendingOutput = true
        }
    }

    /// Producer: sends what is pending as far as it fits. False when something is left; the consumer then wakes the producer.
    func sendPending() -> Bool {
        var sent = false
        defer { if sent { consumer.notify() } }
        while hasPending {
            if !queue.push(pending[pendingStart]) {
                isProducerWaiting.store(true, ordering: .sequentiallyConsistent)
                // The consumer may have popped between the two lines above and not have seen the flag.
                guard queue.push(pending[pendingStart]) else { return false }
            }
            sent = true
            pendingStart += 1
        }
        pending.removeAll(keepingCapacity: true)
        pendingStart = 0
        return true
    }

    /// Consumer: takes the oldest.
    func receive() -> UInt? {
        guard let word = queue.pop() else { return nil }
        if isProducerWaiting.load(ordering: .sequentiallyConsistent) {
            isProducerWaiting.store(false, ordering: .sequentiallyConsistent)
            producer.notify()
        }
        return word
    }

    /// When nobody runs: gives back all arenas.
    func drain(into pool: ArenaPool) {
        for word in pending[pendingStart...] { Self.give(word, to: pool) }
        pending = []
        pendingStart = 0
        while let word = queue.pop() { Self.give(word, to: pool) }
    }

    private static func give(_ word: UInt, to pool: ArenaPool) {
        if word & 1 == 0, let arena = UnsafeMutablePointer<Arena>(bitPattern: word) { pool.give(arena) }
    }
}
