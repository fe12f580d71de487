import LMDB

/// The store's own record: which store it is, how often it was opened for writing, and (as the record's transaction ID) its newest commit.
struct StoreHead: Equatable, Sendable {
    var transactionID = TransactionID.zero
    var epoch: UInt64 = 0
    var identity: [UInt8]

    static let bytes = 24

    /// The record's payload: epoch (u64, little-endian), identity (16 bytes).
    var payload: [UInt8] { withUnsafeBytes(of: epoch.littleEndian) { [UInt8]($0) } + identity }

    /// Puts the head; its transaction ID is the transaction's.
    func write(_ transaction: borrowing WriteTransaction, _ account: WriteAccount) throws(StoreError) {
        try calling("write the head") {
            try payload.withUnsafeBytes { value in
                try Self.withKey { try transaction.put($0, value, in: transaction.tables.head, account) }
            }
        }
    }

    static func read(_ raw: borrowing RawTransaction, _ table: RawTable) throws(StoreError) -> StoreHead? {
        try calling("read the head") {
            try withKey { key in
                guard let stored = try raw.get(key, in: table.database) else { return nil }
                guard let record = Record.open(stored, for: key, seed: table.seed),
                    let head = StoreHead(payload: record.payload, by: record.transactionID)
                else { throw StoreError(.corrupt, "The head of the store fails its checksum: run `weir verify`, and restore a backup.") }
                return head
            }
        }
    }

    static func read(_ environment: Environment, _ table: RawTable) throws(StoreError) -> StoreHead? {
        let raw = try translating("read the head") { () throws(LMDBError) in try RawTransaction.reading(environment) }
        return try read(raw, table)
    }

    private static func withKey<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeRawBufferPointer(start: SystemTable.headKey.utf8Start, count: SystemTable.headKey.utf8CodeUnitCount))
    }
}

extension StoreHead {
    /// Nil for a payload that is none of a head.
    init?(payload: UnsafeRawBufferPointer, by id: TransactionID) {
        guard payload.count == Self.bytes else { return nil }
        self.init(
            transactionID: id, epoch: UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self)), identity: [UInt8](payload[8...]))
    }
}
