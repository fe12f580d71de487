#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A value behind a lock on whose changes threads can wait: a mutex with a condition (Synchronization has no condition).
///
/// For this project's own threads and for callers that may block; never waited on from Swift's cooperative pool.
// Sendable: the value is touched only while the mutex is held.
package final class Monitor<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        let attributes = UnsafeMutablePointer<pthread_condattr_t>.allocate(capacity: 1)
        pthread_condattr_init(attributes)
        #if !canImport(Darwin)
            pthread_condattr_setclock(attributes, CLOCK_MONOTONIC)
        #endif
        pthread_cond_init(condition, attributes)
        pthread_condattr_destroy(attributes)
        attributes.deallocate()
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Reads or changes the value; wakes every waiter when `wake`.
    package func withLock<R>(wake: Bool = false, _ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer {
            if wake { pthread_cond_broadcast(condition) }
            pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Waits until `body` returns something. With a timeout, `body` is asked one last time when it has passed, and its nil is returned.
    package func wait<R>(for timeout: Duration? = nil, until body: (inout Value) throws -> R?) rethrows -> R? {
        var deadline = timespec()
        if let timeout {
            #if canImport(Darwin)
                clock_gettime(CLOCK_REALTIME, &deadline)
            #else
                clock_gettime(CLOCK_MONOTONIC, &deadline)
            #endif
            let nanoseconds = deadline.tv_nsec + Int(timeout.components.attoseconds / 1_000_000_000)
            deadline.tv_sec += Int(timeout.components.seconds) + nanoseconds / 1_000_000_000
            deadline.tv_nsec = nanoseconds % 1_000_000_000
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = try body(&value) { return result }
            if timeout == nil {
                pthread_cond_wait(condition, mutex)
            } else if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT {
                return try body(&value)
            }
        }
    }
}
