import LMDB

/// Keeps a full store able to make space again.
///
/// In a copy-on-write tree even a delete needs new pages, so a map that is full to the last page is full for ever. The map is therefore
/// reserved somewhat larger than `maximumSize`; beyond `maximumSize`, puts are refused, and deletes may use the rest.
enum SpaceLimit {
    /// 1/64 of the maximum, but at least 1 MiB and at most 64 MiB.
    static func headroom(of configuration: StoreConfiguration) -> Int {
        min(max(configuration.maximumSize / 64, 1 << 20), 64 << 20)
    }

    /// Why puts are refused in this transaction, if they are. O(1) while the file is below its maximum; then O(free list).
    static func refusal(
        _ environment: Environment, _ configuration: StoreConfiguration
    ) throws(StoreError) -> StoreError? {
        let (used, pageBytes) = try translating("measure the store") { () throws(LMDBError) in
            let information = try environment.information()
            return (Int(information.lastPage + 1) * information.pageBytes, information.pageBytes)
        }
        guard used >= configuration.maximumSize else { return nil }
        // Pages freed long enough ago are used first: the store is full only when these are few, too. What a reader may still see is not free.
        let held = environment.oldestSnapshot()
        let free = try translating("measure the free list") { () throws(LMDBError) in
            // LMDB shows its free list to readers only.
            let reading = try RawTransaction.reading(environment)
            return try reading.freePages(before: min(held ?? .max, reading.number)) * pageBytes
        }
        guard free < headroom(of: configuration) / 2 else { return nil }
        return StoreError(
            .full,
            """
            The store has reached its maximum size: \(used) of \(configuration.maximumSize) bytes are in use, \(free) free. Nothing is lost: delete \
            data, or open the store with a larger maximumSize.
            """)
    }
}
