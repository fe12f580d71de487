import LMDB

/// Checks the records of one walk over a data file: what the pages hold against what the catalog, the tallies and the head say they should.
final class Verifier {
    private struct Counted {
        var number: UInt32?
        var seed: UInt32 = 0
        var tally = Tally()
        var bytes: UInt64 = 0
        var attempts = 0
    }

    private let marker: IdentityMarker
    private var report = VerificationReport()
    private var counted: [String: Counted] = [:]
    private var current = ""
    private var catalog: [String: UInt32] = [:]
    private var tallies: [UInt32: Tally] = [:]
    private var newestRecord = TransactionID.zero
    private var hasHead = false

    init(_ marker: IdentityMarker) { self.marker = marker }

    func run(_ file: borrowing PageFile, _ meta: PageMeta) throws -> VerificationReport {
        for (name, number) in Self.system { counted[name] = Counted(number: number, seed: Record.seed(table: number)) }
        for damage in file.metaDamage { report.note("\(damage)") }
        let walk = try file.walk(meta) { database, key, value in
            guard let database else { return report.note("a record under key \(hexadecimal(key)) belongs to no table") }
            visit(database, key, value)
        }
        for damage in walk.damage { report.note("\(damage)") }
        report.pageBytes = walk.pageSize
        report.usedPages = walk.usedPages
        report.freePages = walk.freePages
        compare()
        return report
    }

    private static let system = [SystemTable.head, SystemTable.catalog, SystemTable.tally, SystemTable.offsets]

    private func visit(_ table: String, _ key: UnsafeRawBufferPointer, _ stored: UnsafeRawBufferPointer) {
        var entry = counted[table] ?? Counted()
        defer { counted[table] = entry }
        if entry.number == nil, entry.attempts < 8 {
            entry.attempts += 1
            // Until its first sound record tells the table's number; the catalog comes late in the walk.
            if let number = StoreConfiguration.tableNumbers.first(where: {
                Record.open(stored, for: key, seed: Record.seed(table: $0)) != nil
            }) {
                entry.number = number
                entry.seed = Record.seed(table: number)
            }
        }
        guard entry.number != nil, let record = Record.open(stored, for: key, seed: entry.seed) else {
            return report.note("table \(String(reflecting: table)): the record under key \(hexadecimal(key)) fails its checksum")
        }
        entry.tally.add(record.crc)
        entry.bytes += UInt64(key.count + stored.count)
        newestRecord = max(newestRecord, record.transactionID)
        switch table {
        case SystemTable.head.name: readHead(record)
        case SystemTable.catalog.name: readCatalog(key, record)
        case SystemTable.tally.name: readTally(key, record)
        case SystemTable.offsets.name: readOffset(key, record)
        default: break
        }
    }

    private func readHead(_ record: Record.Opened) {
        guard let head = StoreHead(payload: record.payload, by: record.transactionID) else {
            return report.note("the head has \(record.payload.count) bytes")
        }
        hasHead = true
        report.transactionID = head.transactionID
        report.epoch = head.epoch
        if head.identity != marker.identity {
            report.note("data.mdb belongs to another store than weir.identity says")
        }
    }

    private func readCatalog(_ key: UnsafeRawBufferPointer, _ record: Record.Opened) {
        guard let name = try? String(storageBytes: key), let entry = TableTypes.decode(record.payload) else {
            return report.note("the catalog's entry under key \(hexadecimal(key)) cannot be read")
        }
        catalog[name] = entry.number
    }

    private func readTally(_ key: UnsafeRawBufferPointer, _ record: Record.Opened) {
        guard let number = try? UInt32(storageBytes: key), let tally = Tally(record.payload) else {
            return report.note("the tally under key \(hexadecimal(key)) cannot be read")
        }
        tallies[number] = tally
    }

    private func readOffset(_ key: UnsafeRawBufferPointer, _ record: Record.Opened) {
        if (try? Pair<String, UInt32>(storageBytes: key)) == nil || record.payload.count < 8 {
            report.note("the offset under key \(hexadecimal(key)) cannot be read")
        }
    }

    private func compare() {
        if !hasHead { report.note("the head is missing") }
        if newestRecord > report.transactionID {
            report.note("a record is of transaction \(newestRecord), the head says that \(report.transactionID) is the newest")
        }
        for (name, number) in Self.system where number == SystemTable.catalog.number || number == SystemTable.offsets.number {
            catalog[name] = number
        }
        for (name, number) in catalog.sorted(by: { $0.key < $1.key }) {
            let found = counted[name] ?? Counted(number: number)
            if let own = found.number, own != number {
                report.note("table \(name) is number \(number) in the catalog, its records are of number \(own)")
            }
            let expected = tallies[number] ?? Tally()
            if found.tally.count != expected.count {
                report.note("table \(name) holds \(found.tally.count) sound records, its tally says \(expected.count)")
            } else if found.tally != expected {
                report.note(
                    "table \(name) holds \(found.tally.count) records as it should, but not the newest of each: a page is of an older time")
            }
        }
        for name in counted.keys.sorted() where catalog[name] == nil && !Self.system.contains(where: { $0.name == name }) {
            report.note("table \(String(reflecting: name)) is not in the catalog")
        }
        report.tables = counted.sorted { $0.key < $1.key }
            .map { VerificationReport.VerifiedTable(name: $0, records: $1.tally.count, bytes: $1.bytes) }
    }
}
