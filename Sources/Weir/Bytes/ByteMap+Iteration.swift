extension ByteMap {
    /// Every record, in no order. The map must not change meanwhile, apart from values of up to 8 bytes, flags and marks. O(capacity).
    package func forEach<Failure: Error>(_ body: (ByteRecordPointer) throws(Failure) -> Void) throws(Failure) {
        for index in 0...mask where slots[index] != 0 { try body(record(slots[index])) }
    }

    /// Looks at up to `steps` slots from `hand` on, round and round, and removes the records that `isVictim` says. Returns how many it
    /// removed.
    package mutating func sweep(from hand: inout Int, steps: Int, removing isVictim: (ByteRecordPointer) -> Bool) -> Int {
        var removed = 0
        var left = min(steps, mask + 1)
        hand &= mask
        while left > 0 {
            left -= 1
            let slot = slots[hand]
            if slot != 0, isVictim(record(slot)) {
                // Removal moves the next record into this slot: look at it again.
                remove(record(slot))
                removed += 1
            } else {
                hand = (hand + 1) & mask
            }
        }
        return removed
    }
}
