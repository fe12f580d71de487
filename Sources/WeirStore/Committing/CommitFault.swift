#if DEBUG
    import Synchronization

    /// What a disk may do to a commit, for tests of debug builds: no file system fails on demand.
    enum CommitFault: Sendable {
        /// The meta page was not written; LMDB gives the environment up.
        case metaNotWritten
        /// The meta page was written, and an error was reported all the same.
        case doneThenError
        /// As `doneThenError`, and the environment cannot be reopened so many times.
        case doneThenUnopenable(times: Int)
    }

    /// The faults that are planned for a store, first one next.
    final class CommitFaults: Sendable {
        private let planned = Mutex<[CommitFault]>([])
        private let refusals = Mutex(0)

        func plan(_ fault: CommitFault) { planned.withLock { $0.append(fault) } }

        func next() -> CommitFault? {
            let fault = planned.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if case .doneThenUnopenable(let times) = fault { refusals.withLock { $0 = times } }
            return fault
        }

        func refusesOpening() -> Bool {
            refusals.withLock { refusals in
                defer { refusals = max(0, refusals - 1) }
                return refusals > 0
            }
        }
    }
#endif
