/// Which readers of other processes hold a snapshot for too long. LMDB's reader table has their process and snapshot, but no times: those are taken from when
/// a snapshot was first seen that is no longer the newest. Whoever begins a new read gets a newer one, so the same again is the same read.
///
/// A value: it is given what the table shows and the time, and answers whom to name. The reads of this process are known better, by `ReadGate`.
struct ForeignReads {
    struct Holder: Hashable {
        var process: Int32
        var snapshot: UInt64
    }

    struct Overdue: Equatable {
        var process: Int32
        var commitsBehind: UInt64
        var age: Duration
    }

    private var since: [Holder: (first: ContinuousClock.Instant, reported: Bool)] = [:]

    /// Those that are older than `age` and were not named yet. O(slots).
    mutating func newlyLong(
        _ readers: [StoreStatistics.Reader], besides own: Int32, age: Duration, now: ContinuousClock.Instant
    ) -> [Overdue] {
        var still: [Holder: (first: ContinuousClock.Instant, reported: Bool)] = [:]
        var found: [Overdue] = []
        for reader in readers where reader.process != own {
            guard let snapshot = reader.snapshot, let behind = reader.commitsBehind, behind > 0 else { continue }
            let holder = Holder(process: reader.process, snapshot: snapshot)
            guard still[holder] == nil else { continue }
            var seen = since[holder] ?? (now, false)
            if !seen.reported, now - seen.first > age {
                seen.reported = true
                found.append(Overdue(process: reader.process, commitsBehind: behind, age: now - seen.first))
            }
            still[holder] = seen
        }
        since = still
        return found
    }
}
