import Synchronization

/// One task of a spout or bolt, as the threads see it: it is queued when there may be something to do, and run by one thread at a time.
// Sendable: what a subclass holds is touched by the thread that runs it, and the queue orders one run after the other; the rest is atomic.
class RuntimeTask: @unchecked Sendable {
    enum Outcome {
        /// There is more to do: run it again.
        case again
        /// It waits until it is notified.
        case wait
    }

    let component: String
    let index: Int
    let depth: Int
    let services: TaskServices
    /// Set by a channel that could not take all. The task takes no input until it is sent.
    var hasPendingOutput = false
    let counters = TaskCounters()

    private static let idle: UInt8 = 0
    private static let queued: UInt8 = 1
    private static let running: UInt8 = 2
    private static let notified: UInt8 = 3
    private let schedule = Atomic<UInt8>(RuntimeTask.idle)

    init(component: String, index: Int, depth: Int, services: TaskServices) {
        self.component = component
        self.index = index
        self.depth = depth
        self.services = services
    }

    /// Called once, on one of the threads, before the first step.
    func prepare() throws {}

    /// Does some work.
    func step() throws -> Outcome { .wait }

    /// There may be something to do. Any thread.
    func notify() {
        var state = schedule.load(ordering: .sequentiallyConsistent)
        while true {
            switch state {
            case Self.idle:
                let (exchanged, original) = schedule.compareExchange(
                    expected: state, desired: Self.queued, ordering: .sequentiallyConsistent)
                if exchanged { return services.queue.push(self) }
                state = original
            case Self.running:
                let (exchanged, original) = schedule.compareExchange(
                    expected: state, desired: Self.notified, ordering: .sequentiallyConsistent)
                if exchanged { return }
                state = original
            default:
                return
            }
        }
    }

    /// Runs it once: called by the thread that took it from the queue.
    func run() {
        schedule.store(Self.running, ordering: .sequentiallyConsistent)
        let outcome: Outcome
        do {
            outcome = try step()
        } catch {
            // The attempt ends: it is not queued again.
            return services.fail(error, in: self)
        }
        if outcome == .wait,
            schedule.compareExchange(expected: Self.running, desired: Self.idle, ordering: .sequentiallyConsistent).exchanged
        {
            return
        }
        schedule.store(Self.queued, ordering: .sequentiallyConsistent)
        services.queue.push(self)
    }
}

/// What a task has done, for others to read: written by the task at the end of a step.
final class TaskCounters: Sendable {
    let emitted = Atomic<Int>(0)
    let executed = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    let skipped = Atomic<Int>(0)
    let replayed = Atomic<Int>(0)
    let bytes = Atomic<Int>(0)
}
