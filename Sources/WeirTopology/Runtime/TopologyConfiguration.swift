public import Logging
public import Weir

/// What can be chosen for a run. The defaults are good for most.
public struct TopologyConfiguration: Sendable {
    /// Threads that run the tasks; nil: one per core.
    public var threads: Int?
    /// Bytes of a batch of rows between two tasks.
    public var arenaBytes = 32 * 1024
    /// Batches and markers that can be under way from one task to another; rounded up to a power of two.
    public var channelCapacity = 8
    /// The longest row; a longer one is an error of who emits it.
    public var maximumRowBytes = 16 << 20
    /// Tuples of one spout task that may be uncommitted (exactly-once) or unacknowledged (at-least-once): Storm's `max.spout.pending`.
    public var maximumPending = 250_000
    /// At-least-once: how long a tuple may take before it is replayed. It takes up to half as long again.
    public var messageTimeout = Duration.seconds(30)
    /// At-least-once: how many ackers share the tracking.
    public var ackers = 1
    /// How long a spout that is idle is left alone.
    public var idleWait = Duration.milliseconds(1)
    /// How often a failing batch or tuple is tried before it is taken apart, and how often anything else that fails.
    public var maximumAttempts = 3
    /// How long to wait before the topology starts again after a failure that is no tuple's fault: a commit that the store refused, a spout that could
    /// not read. The first time after a commit it starts at once; then it waits so long, and twice as long with each further failure. Between half of a
    /// wait and all of it is waited, at random. `stop` and cancellation end a wait.
    public var retryWait = Duration.milliseconds(20)
    /// The longest such wait.
    public var maximumRetryWait = Duration.seconds(5)
    /// How much waiting, in sum since the last commit, a store may cost that fails in a way that may pass (`StoreError.isRetriable`: a full disk, a full
    /// store, an I/O error). Until then it is tried again, however often: such failures do not count for `maximumAttempts`. Zero, the default, gives
    /// it `maximumAttempts` like everything else; a minute survives a disk that somebody makes room on.
    public var retryDuration = Duration.zero
    /// The limits of the tasks' keyed states: of their journal, of their memory, of what one commit folds.
    public var states = StateConfiguration()
    /// Batches that may be closed and not yet committed.
    public var maximumBatchesInFlight = 4
    /// How often `onProgress` is called.
    public var progressInterval = Duration.seconds(1)
    /// Called with what has been done so far, on a thread of the topology's own: be quick.
    public var onProgress: (@Sendable (TopologyProgress) -> Void)?
    /// Silent at info in normal work.
    public var logger = Logger(label: "weir.topology")
    /// For tests: asked at each point where things can fail.
    package var faults: (@Sendable (FaultPoint) -> Bool)?
    /// The machine's, but in tests.
    package var surroundings = RunSurroundings()
    /// For tests: told of each wait before an attempt; whether it is over already, since the test has turned the clock.
    package var isWaitOver: (@Sendable (Duration) -> Bool)?

    /// The defaults.
    public init() {}

    func check() throws(TopologyError) {
        func refuse(_ name: String, _ range: String) -> TopologyError {
            TopologyError(.configuration, "TopologyConfiguration.\(name) must be \(range).")
        }
        if let threads, !(1...1024 ~= threads) { throw refuse("threads", "1 to 1,024") }
        guard 1024...(64 << 20) ~= arenaBytes else { throw refuse("arenaBytes", "1 KiB to 64 MiB") }
        guard 1...4096 ~= channelCapacity else { throw refuse("channelCapacity", "1 to 4,096") }
        guard 64...(1 << 30) ~= maximumRowBytes else { throw refuse("maximumRowBytes", "64 bytes to 1 GiB") }
        guard maximumPending >= 1 else { throw refuse("maximumPending", "1 or more") }
        guard messageTimeout >= .milliseconds(1) else { throw refuse("messageTimeout", "1 ms or more") }
        guard 1...64 ~= ackers else { throw refuse("ackers", "1 to 64") }
        guard idleWait >= .microseconds(10) else { throw refuse("idleWait", "10 us or more") }
        guard maximumAttempts >= 1 else { throw refuse("maximumAttempts", "1 or more") }
        guard .microseconds(1)...(.seconds(3600)) ~= retryWait else { throw refuse("retryWait", "1 us to 1 hour") }
        guard retryWait...max(retryWait, .seconds(86_400)) ~= maximumRetryWait else {
            throw refuse("maximumRetryWait", "retryWait to 1 day")
        }
        guard .zero...(.seconds(86_400 * 366)) ~= retryDuration else { throw refuse("retryDuration", "0 to 366 days") }
        guard 4096...(1 << 30) ~= states.journalLimit else { throw refuse("states.journalLimit", "4 KiB to 1 GiB") }
        guard states.memoryLimit >= 4096 else { throw refuse("states.memoryLimit", "4 KiB or more") }
        guard states.maximumFoldsPerCommit >= 1 else { throw refuse("states.maximumFoldsPerCommit", "1 or more") }
        guard 256...(1 << 20) ~= states.chunkBytes else { throw refuse("states.chunkBytes", "256 bytes to 1 MiB") }
        guard 1...64 ~= maximumBatchesInFlight else { throw refuse("maximumBatchesInFlight", "1 to 64") }
        guard progressInterval >= .milliseconds(1) else { throw refuse("progressInterval", "1 ms or more") }
    }
}

/// A point where a test may have the run fail.
package struct FaultPoint: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        /// Inside the store's transaction: it is rolled back.
        case commit
        /// When all tasks have handed in their part of the batch.
        case submission
    }
    package let place: Place
    /// Batches are numbered from 1 over the whole run, attempts included.
    package let batch: UInt64
    package let attempt: Int
}
