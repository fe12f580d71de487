/// Which tuples an exactly-once bolt in an at-least-once topology has processed: the origins at and above the watermark, below which everything was.
///
/// Pure memory of one task; what it adds and drops is written to the task's state by who uses it, and is in the same commit.
struct OriginFilter {
    struct Origin: Hashable {
        let source: UInt32
        let offset: UInt64
        let path: UInt64
    }

    private var seen: Set<Origin> = []

    /// How many origins are remembered.
    var count: Int { seen.count }

    /// Whether it is the first time: if so, it is remembered.
    mutating func admit(_ origin: Origin, watermark: UInt64) -> Bool {
        guard origin.offset >= watermark else { return false }
        return seen.insert(origin).inserted
    }

    /// It was not processed after all.
    mutating func forget(_ origin: Origin) { seen.remove(origin) }

    /// Drops what lies below the watermarks and calls `dropped` with each.
    mutating func prune(below watermark: (UInt32) -> UInt64, _ dropped: (Origin) throws -> Void) rethrows {
        var kept: Set<Origin> = []
        for origin in seen {
            if origin.offset >= watermark(origin.source) { kept.insert(origin) } else { try dropped(origin) }
        }
        seen = kept
    }
}
