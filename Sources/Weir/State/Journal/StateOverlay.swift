/// The newest value of each key of one state that is in the journal and perhaps not in the B-tree. Built once, then only read.
// Sendable: nothing changes it after it was built, and reading it writes nothing.
final class OverlayTable: @unchecked Sendable {
    private var map = ByteMap()

    var count: Int { map.count }

    fileprivate func apply(_ entry: JournalEntry) {
        let hash = ByteHash.hash(entry.key)
        let record = map.find(entry.key, hash: hash) ?? map.insert(entry.key, hash: hash)
        entry.withValue { value in
            if let value { map.set(value, of: record) } else { map.clearValue(of: record) }
        }
    }

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

/// What a tail of the journal says, by state.
struct StateOverlay: Sendable {
    private(set) var tables: [UInt32: OverlayTable] = [:]

    var count: Int { tables.values.reduce(0) { $0 + $1.count } }

    /// Later changes of a key replace earlier ones. `isKnown` tells which states there are.
    mutating func apply(_ tail: borrowing JournalTail, where isWanted: (UInt32) -> Bool = { _ in true }) throws(StateError) {
        var last: (state: UInt32, table: OverlayTable?)?
        try tail.forEachEntry { (entry) throws(StateError) in
            if last?.state != entry.state { last = (entry.state, isWanted(entry.state) ? table(entry.state) : nil) }
            last?.table?.apply(entry)
        }
    }

    mutating func apply(_ changes: UnsafeRawBufferPointer) throws(StateError) {
        var reader = JournalReader(changes)
        while let entry = try reader.next() { table(entry.state).apply(entry) }
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
