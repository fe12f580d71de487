import Synchronization
package import WeirStore

extension StateJournal {
    /// Opens a topology's journal: begins an incarnation, so that no older one can commit any more, and reads the rows that the last
    /// one left.
    ///
    /// Blocks for a commit and for reading the tail. Also what a failed batch calls for: throw the states and the journal away, and
    /// open it again.
    package static func open(
        store: Store, topology: String, configuration: StateConfiguration = StateConfiguration()
    ) throws -> StateJournal {
        try StateName.check(topology: topology)
        let configuration = configuration.bounded
        let keys = JournalKeys(topology: topology)
        let journal = try StateTables.journal(store)
        let registered = try StateTables.registry(store)
        let incarnation = try store.write { transaction in try begin(keys, journal.raw, in: &transaction) }
        return try store.read { snapshot in
            var registry: [String: UInt32] = [:]
            try snapshot.scan(registered, first: topology) { name, number in
                registry[name] = number
                return .next
            }
            var overlay = StateOverlay()
            let rows = try overlay.read(keys, journal.raw, in: snapshot, losing: store.configuration.has(.journalRowLost))
            var ledger = JournalLedger()
            for row in rows { ledger.append(JournalLedger.Row(row)) }
            let core = try JournalCore(
                incarnation: incarnation, ledger, overlay, registry, topology: topology, store: store, configuration: configuration)
            return StateJournal(
                topology: topology, store: store, configuration: configuration, keys: keys, table: journal.raw,
                gauge: JournalGauge(tail: core.ledger.bytes, hasOverlay: core.overlayFold != nil), core: core)
        }
    }

    /// Appends the empty row that begins an incarnation.
    private static func begin(_ keys: JournalKeys, _ table: RawTable, in transaction: inout WriteTransaction) throws -> UInt64 {
        let last = try lastRow(keys, table, in: transaction)
        let header = JournalRowHeader(chunk: 0, chunks: 1, length: 0, incarnation: (last?.header.incarnation ?? 0) + 1, sequence: 0)
        let id = transaction.transactionID.rawValue
        let chunk = last.map { $0.id == id ? $0.chunk + 1 : 0 } ?? 0
        try withUnsafeTemporaryAllocation(byteCount: JournalRowHeader.bytes, alignment: 8) { bytes in
            guard let base = bytes.baseAddress else { return }
            header.write(to: base)
            try keys.withKey(id, chunk) { key in try transaction.putRaw(key, UnsafeRawBufferPointer(bytes), in: table) }
        }
        // Openings without a commit between them leave one row, not one each.
        if let last, last.header.sequence == 0 {
            try keys.withKey(last.id, last.chunk) { key in _ = try transaction.deleteRaw(key, in: table) }
        }
        return header.incarnation
    }

    /// The newest chunk of a topology's journal.
    static func lastRow<Access>(
        _ keys: JournalKeys, _ table: RawTable, in transaction: borrowing StoreTransaction<Access>
    ) throws -> (id: UInt64, chunk: UInt32, header: JournalRowHeader)? {
        var last: (id: UInt64, chunk: UInt32, header: JournalRowHeader)?
        try keys.withKey(.max, .max) { end in
            try transaction.scanRaw(table, from: end, reverse: true) { key, value, _ in
                if let place = keys.parse(key) { last = (place.id, place.chunk, try JournalRowHeader(value)) }
                return .stop
            }
        }
        return last
    }

    /// The number by which the journal calls a state; given at its first use, for ever.
    func register(_ name: StateName) throws -> UInt32 {
        if let number = core.withLock({ $0.registry[name.name] }) { return number }
        let registered = try StateTables.registry(store)
        let number = try store.write { transaction in
            var highest: UInt32 = 0
            var found: UInt32?
            try transaction.scan(registered, first: name.topology) { state, number in
                highest = max(highest, number)
                if state == name.name { found = number }
                return .next
            }
            if let found { return found }
            try transaction.put(highest + 1, for: Pair(name.topology, name.name), in: registered)
            return highest + 1
        }
        core.withLock { $0.registry[name.name] = number }
        return number
    }
}

extension JournalCore {
    init(
        incarnation: UInt64, _ ledger: JournalLedger, _ overlay: StateOverlay, _ registry: [String: UInt32], topology: String,
        store: Store, configuration: StateConfiguration
    ) throws {
        self.init(
            incarnation: incarnation, registry: registry, tables: [:], overlay: overlay,
            overlayPace: FoldPace(limit: configuration.journalLimit))
        let names = Dictionary(registry.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        for state in overlay.tables.keys {
            guard let name = names[state] else {
                throw StateError.corrupt("The state journal of \(topology) speaks of state \(state), which is not registered.")
            }
            tables[state] = try StateTables.values(StateName(topology: topology, name: name), store).raw
        }
        self.ledger = ledger
        if overlay.count > 0 {
            self.ledger.beginOverlay()
            overlayFold = OverlayFold(overlay)
            overlayPace = FoldPace(limit: configuration.journalLimit, origin: UInt64(ledger.bytes))
            overlayPace.begin(keys: overlay.count, appended: UInt64(ledger.bytes))
        }
        if self.ledger.bytes > configuration.journalLimit { allowance = self.ledger.bytes / 3 * 4 }
        statistics.peakTailBytes = ledger.bytes
    }

    /// What a chunk takes beside the entries in it: header, key, the store's own.
    static let chunkCost = JournalRowHeader.bytes + 64
}

extension JournalLedger.Row {
    init(_ row: JournalTail.Row) {
        self.init(
            id: row.id, firstChunk: row.firstChunk, chunks: row.header.chunks,
            cost: Int(row.header.length) + Int(row.header.chunks) * JournalCore.chunkCost)
    }
}
