import WeirStore

/// The newest value of each key of one state that is in the journal and perhaps not in the B-tree. Built once, then only read.
// Sendable: nothing changes it after it was built, and reading it writes nothing.
final class OverlayTable: @unchecked Sendable {
    private var map = ByteMap()

    var count: Int { map.count }

    /// Later entries replace earlier ones.
    ///
    /// Looks each key up twice: the first time only to have many cache misses under way at once. Reading a tail of 2.4 million entries
    /// over a million keys takes a third of the time that way.
    fileprivate func apply(_ entries: UnsafeBufferPointer<JournalEntry>) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: entries.count) { hashes in
            for index in entries.indices { hashes[index] = ByteHash.hash(entries[index].key) }
            touched &+= map.touch(UnsafeBufferPointer(hashes))
            for index in entries.indices { map.apply(entries[index], hash: hashes[index]) }
        }
    }

    /// Keeps the compiler from leaving out what is read for its side effect on the caches.
    private var touched: UInt64 = 0

    func find(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> ByteRecordPointer? { map.find(key, hash: hash) }

    /// Nil for a key that was removed.
    func value(of record: ByteRecordPointer) -> UnsafeRawBufferPointer? { map.value(of: record) }

    func forEach(_ body: (ByteRecordPointer) -> Void) { map.forEach { record in body(record) } }

    /// All keys in order.
    func inOrder() -> KeyOrder {
        var entries: ContiguousArray<KeyOrder.Entry> = []
        entries.reserveCapacity(map.count)
        map.forEach { record in entries.append(KeyOrder.Entry(prefix: record.keyPrefix, record: record)) }
        return KeyOrder(entries)
    }
}

extension ByteMap {
    /// Reads what lookups of these hashes will read.
    fileprivate func touch(_ hashes: UnsafeBufferPointer<UInt64>) -> UInt64 {
        var sum: UInt64 = 0
        for hash in hashes { sum &+= firstSlot(hash) }
        for hash in hashes {
            let slot = firstSlot(hash)
            if slot != 0 { sum &+= record(slot).pointee.value }
        }
        return sum
    }

    @inline(__always)
    fileprivate mutating func apply(_ entry: JournalEntry, hash: UInt64) {
        let record = find(entry.key, hash: hash) ?? insert(entry.key, hash: hash)
        switch entry.content {
        case .removed: clearValue(of: record)
        case .bytes(let bytes): set(bytes, of: record)
        case .counter(let number): set(word: number, of: record)
        }
    }
}

/// What a tail of the journal says, by state.
struct StateOverlay: Sendable {
    private(set) var tables: [UInt32: OverlayTable] = [:]

    var count: Int { tables.values.reduce(0) { $0 + $1.count } }

    /// Takes what all rows of a topology say; later changes of a key replace earlier ones. Returns which rows there are. `losing`: a planted bug.
    mutating func read<Access>(
        _ keys: JournalKeys, _ table: RawTable, in transaction: borrowing StoreTransaction<Access>,
        losing everySecond: Bool = false, where isWanted: (UInt32) -> Bool = { _ in true }
    ) throws -> [JournalTail.Row] {
        var isLost = false
        return try JournalTail(keys, table, in: transaction) { (entries) throws(StateError) in
            if !isLost { try apply(entries, where: isWanted) }
            isLost = everySecond && !isLost
        }.rows
    }

    /// Takes entries that follow those so far.
    mutating func apply(
        _ changes: UnsafeRawBufferPointer, where isWanted: (UInt32) -> Bool = { _ in true }
    ) throws(StateError) {
        let batch = UnsafeMutableBufferPointer<JournalEntry>.allocate(capacity: 64)
        defer { batch.deallocate() }
        var reader = JournalReader(changes)
        var count = 0
        while let entry = try reader.next() {
            if count == batch.count || (count > 0 && batch[0].state != entry.state) {
                apply(UnsafeBufferPointer(rebasing: batch[..<count]), isWanted)
                count = 0
            }
            batch.initializeElement(at: count, to: entry)
            count += 1
        }
        if count > 0 { apply(UnsafeBufferPointer(rebasing: batch[..<count]), isWanted) }
    }

    private mutating func apply(_ entries: UnsafeBufferPointer<JournalEntry>, _ isWanted: (UInt32) -> Bool) {
        if isWanted(entries[0].state) { table(entries[0].state).apply(entries) }
    }

    private mutating func table(_ state: UInt32) -> OverlayTable {
        if let table = tables[state] { return table }
        let table = OverlayTable()
        tables[state] = table
        return table
    }
}

/// Moves an overlay into the B-tree, a slice with each commit, in key order within each state.
// Sendable: belongs to the journal's core and is used under its lock only.
final class OverlayFold: @unchecked Sendable {
    private var waiting: [(state: UInt32, table: OverlayTable)]
    private var current: (state: UInt32, table: OverlayTable)?
    private var order = KeyOrder()
    private(set) var left: Int

    init(_ overlay: StateOverlay) {
        waiting = overlay.tables.sorted { $0.key > $1.key }.map { ($0.key, $0.value) }
        left = overlay.count
    }

    /// The next key, its state and its value; nil at the end.
    func take() -> (state: UInt32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)? {
        while true {
            if let current, let record = order.take() {
                left -= 1
                return (current.state, record.key, current.table.value(of: record))
            }
            guard let next = waiting.popLast() else { return nil }
            current = next
            order = next.table.inOrder()
        }
    }
}
