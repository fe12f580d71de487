import DequeModule

/// A few threads of our own for work that may wait for the disk, for callers that must not. Bounded; started when first needed.
final class WorkQueue: Sendable {
    private struct State {
        var work = Deque<@Sendable () -> Void>()
        var threads = 0
        var idle = 0
        var isStopped = false
    }

    private let state = Monitor(State())
    private let threads: Int
    private let limit: Int

    init(threads: Int, limit: Int) {
        self.threads = threads
        self.limit = limit
    }

    /// Runs `work` soon, or calls `refused` now.
    func enqueue(_ work: @escaping @Sendable () -> Void, refused: (StoreError) -> Void) {
        do throws(StoreError) {
            let wantsThread = try calling("enqueue work") { () throws -> Bool in
                try state.withLock(wake: true) { state in
                    guard !state.isStopped else { throw StoreError(.closed, "The store is closed: open it again.") }
                    guard state.work.count < limit else {
                        throw StoreError(.overloaded, "\(state.work.count) reads are waiting, which is the limit: slow down and try again.")
                    }
                    state.work.append(work)
                    guard state.idle == 0, state.threads < threads else { return false }
                    state.threads += 1
                    return true
                }
            }
            if wantsThread { try startThread() }
        } catch {
            refused(error)
        }
    }

    /// Where no thread can be had, the work waits for those that run; without any, it is taken back.
    private func startThread() throws(StoreError) {
        do throws(StoreError) { try DedicatedThread.start(for: "reading") { self.run() } } catch {
            let isStranded = state.withLock { state in
                state.threads -= 1
                return state.threads == 0 && state.work.popLast() != nil
            }
            if isStranded { throw error }
        }
    }

    /// Threads end when what is waiting was done.
    func stop() { state.withLock(wake: true) { $0.isStopped = true } }

    private func run() {
        state.withLock { $0.idle += 1 }
        while true {
            let next: (@Sendable () -> Void)?? = state.wait { state in
                if let work = state.work.popFirst() {
                    state.idle -= 1
                    return .some(work)
                }
                return state.isStopped ? .some(nil) : nil
            }
            guard let work = next ?? nil else { return }
            work()
            state.withLock { $0.idle += 1 }
        }
    }
}
