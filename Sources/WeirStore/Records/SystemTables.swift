import LMDB

/// The tables in which a store keeps account of itself, with their fixed numbers. Users' tables are numbered from 16.
///
/// - `weir.head`: one record, `head`: the epoch (u64), the store's identity (16 bytes). Its transaction ID is the newest commit's.
/// - `weir.catalog`: table name -> number (u32), key type, value type (each: u8 length, UTF-8).
/// - `weir.tally`: table number (u32, big-endian) -> count and digest (u64 each).
/// - `weir.offsets`: Pair(source, partition) -> next offset (u64, little-endian), fingerprint.
enum SystemTable {
    static let head = (name: "weir.head", number: UInt32(1))
    static let catalog = (name: "weir.catalog", number: UInt32(2))
    static let tally = (name: "weir.tally", number: UInt32(3))
    static let offsets = (name: "weir.offsets", number: UInt32(4))
    static let headTypes = TableTypes(key: "string", value: "head")
    static let catalogTypes = TableTypes(key: "string", value: "types")
    static let tallyTypes = TableTypes(key: "u32", value: "tally")
    static let offsetTypes = TableTypes(key: Pair<String, UInt32>.storageName, value: "offset")
    static let firstUserNumber: UInt32 = 16
    static let headKey: StaticString = "head"
}

/// A table as the lower layers know it: LMDB's handle, its number in the file, where its checksums begin.
package struct RawTable: Hashable, Sendable {
    let database: Database
    /// The number under which the catalog knows it.
    package let number: UInt32
    let seed: UInt32
    /// Whether a tally is kept of it: of all but the tally itself and the head.
    let tallied: Bool

    init(database: Database, number: UInt32) {
        self.database = database
        self.number = number
        seed = Record.seed(table: number)
        tallied = number != SystemTable.tally.number && number != SystemTable.head.number
    }
}
