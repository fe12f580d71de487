#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which thread something belongs to.
// Sendable: a thread's handle is only compared, never used to reach the thread.
struct ThreadIdentity: @unchecked Sendable {
    private let thread: pthread_t

    static var current: ThreadIdentity { ThreadIdentity(thread: pthread_self()) }

    var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }
}
