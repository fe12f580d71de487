import Synchronization
import WeirStore

/// The tasks that can run now, deepest first: what is nearest to the end of the topology is finished before more is begun, so that batches are few, and
/// warm in the cache; spouts run when nothing else can.
final class RunQueue: Sendable {
    private struct State {
        var buckets: [Bucket]
        var idle = 0
        var isStopped = false
    }

    /// First in, first out within a depth.
    private struct Bucket {
        var tasks: [Unmanaged<RuntimeTask>] = []
        var start = 0

        mutating func pop() -> Unmanaged<RuntimeTask>? {
            guard start < tasks.count else { return nil }
            defer {
                start += 1
                if start == tasks.count {
                    tasks.removeAll(keepingCapacity: true)
                    start = 0
                } else if start == 256 {
                    tasks.removeFirst(start)
                    start = 0
                }
            }
            return tasks[start]
        }
    }

    private let state: Monitor<State>

    init(depths: Int) { state = Monitor(State(buckets: Array(repeating: Bucket(), count: depths))) }

    func push(_ task: RuntimeTask) {
        let task = Unmanaged.passUnretained(task)
        let wake = state.withLock { state in
            state.buckets[task.takeUnretainedValue().depth].tasks.append(task)
            return state.idle > 0
        }
        // Only when a thread sleeps: under load nobody does.
        if wake { state.withLock(wake: true) { _ in } }
    }

    /// The next task to run; nil when the queue was stopped.
    func pop() -> RuntimeTask? {
        var isIdle = false
        let task = state.wait { (state: inout State) -> Unmanaged<RuntimeTask>?? in
            if isIdle {
                state.idle -= 1
                isIdle = false
            }
            if state.isStopped { return .some(nil) }
            for depth in state.buckets.indices.reversed() {
                if let task = state.buckets[depth].pop() { return .some(task) }
            }
            state.idle += 1
            isIdle = true
            return nil
        }
        return task??.takeUnretainedValue()
    }

    /// The tasks that can run now, in the order in which a thread would take them. For a run without threads.
    var waiting: [RuntimeTask] {
        state.withLock { state in
            state.buckets.reversed().flatMap { $0.tasks[$0.start...].map { $0.takeUnretainedValue() } }
        }
    }

    /// Takes one of those, by its position.
    func take(_ position: Int) -> RuntimeTask? {
        state.withLock { state in
            var position = position
            for depth in state.buckets.indices.reversed() {
                let bucket = state.buckets[depth]
                if position < bucket.tasks.count - bucket.start {
                    return state.buckets[depth].tasks.remove(at: bucket.start + position).takeUnretainedValue()
                }
                position -= bucket.tasks.count - bucket.start
            }
            return nil
        }
    }

    /// Has every thread leave after the task that it runs.
    func stop() { state.withLock(wake: true) { $0.isStopped = true } }
}
