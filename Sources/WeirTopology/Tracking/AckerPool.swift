import Synchronization

/// The ackers of a run: roots are shared out by their ID.
final class AckerPool: Sendable {
    private final class Shared: Sendable {
        let acker = Mutex(Acker())
    }

    private let shards: [Shared]

    init(count: Int) { shards = (0..<count).map { _ in Shared() } }

    /// True when the root is settled already.
    func begin(_ root: UInt64, edges: UInt64, owner: Int) -> Bool {
        shard(root).acker.withLock { $0.begin(root, edges: edges, owner: owner) }
    }

    func report(_ dues: [Tracking.Due], settled: (Acker.Settled) -> Void) {
        var all: [Acker.Settled] = []
        if shards.count == 1 {
            shards[0].acker.withLock { $0.report(dues, settled: &all) }
        } else {
            for (index, shard) in shards.enumerated() {
                let own = dues.filter { Int($0.root % UInt64(shards.count)) == index }
                if !own.isEmpty { shard.acker.withLock { $0.report(own, settled: &all) } }
            }
        }
        all.forEach(settled)
    }

    func fail(_ root: UInt64) -> Acker.Settled? { shard(root).acker.withLock { $0.fail(root) } }

    /// Time has passed: what timed out.
    func rotate() -> [Acker.Settled] { shards.flatMap { shard in shard.acker.withLock { $0.rotate() } } }

    private func shard(_ root: UInt64) -> Shared { shards[Int(root % UInt64(shards.count))] }
}
