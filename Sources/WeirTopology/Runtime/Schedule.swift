import Synchronization

/// What is due when: ticks, message timeouts, spouts that were idle.
struct Schedule {
    private var ticks: [(interval: UInt64, next: UInt64)]
    private let rotation: UInt64
    private var nextRotation: UInt64
    private let idleWait: UInt64
    private var nextIdle: UInt64 = 0

    init(_ wiring: Wiring, _ configuration: TopologyConfiguration) {
        let now = configuration.surroundings.now()
        ticks = wiring.ticks.map { ($0.interval, now + $0.interval) }
        // Of three buckets the oldest is dropped at each turn: a root lives two to three turns.
        rotation = max(1_000_000, configuration.messageTimeout.nanoseconds / 2)
        nextRotation = now + rotation
        idleWait = configuration.idleWait.nanoseconds
    }

    /// Does what is due; returns when there will be something next.
    mutating func run(_ now: UInt64, _ wiring: Wiring, _ services: TaskServices) -> UInt64 {
        var next = UInt64.max
        for index in ticks.indices {
            if now >= ticks[index].next {
                for task in wiring.ticks[index].tasks {
                    task.isTickDue.store(true, ordering: .releasing)
                    task.notify()
                }
                // A tick that was missed is not made up for.
                ticks[index].next = max(ticks[index].next + ticks[index].interval, now)
            }
            next = min(next, ticks[index].next)
        }
        if services.guarantee == .atLeastOnce {
            if now >= nextRotation {
                for expired in services.ackers.rotate() { wiring.spouts[expired.owner].deliver(settled: expired.root, failed: true) }
                nextRotation = now + rotation
            }
            next = min(next, nextRotation)
        }
        if now >= nextIdle {
            for spout in wiring.spouts where spout.isIdle.exchange(false, ordering: .sequentiallyConsistent) { spout.notify() }
            nextIdle = now + idleWait
        }
        return min(next, nextIdle)
    }
}
