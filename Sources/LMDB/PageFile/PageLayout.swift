/// The layout of LMDB 0.9's data file on 64-bit little-endian machines. Offsets and sizes are in bytes.
enum PageLayout {
    /// page number u64, pad u16, flags u16, then (lower u16, upper u16) or, in an overflow page, pages u32.
    static let headerBytes = 16
    /// low u16, high u16, flags u16, key bytes u16.
    static let nodeHeaderBytes = 8
    /// MDB_db: pad u32, flags u16, depth u16, branch u64, leaf u64, overflow u64, entries u64, root u64.
    static let recordBytes = 48
    /// MDB_meta: magic u32, version u32, address u64, map bytes u64, two records, last page u64, transaction u64.
    static let metaBytes = 136

    static let magic: UInt32 = 0xBEEF_C0DE
    static let version: UInt32 = 1
    /// LMDB takes the machine's page size, and at most 32 KiB.
    static let pageSizes = [4096, 8192, 16384, 32768]
    /// Pages 0 and 1 are the meta pages.
    static let firstPage: UInt64 = 2
    /// The root of a database without entries.
    static let noPage = UInt64.max
    /// CURSOR_STACK: LMDB follows no deeper tree.
    static let maximumDepth = 32
    /// MDB_MAXKEYSIZE as Debian and Homebrew build it.
    static let maximumKeyBytes = 511

    enum PageFlag {
        static let branch: UInt16 = 0x01
        static let leaf: UInt16 = 0x02
        static let overflow: UInt16 = 0x04
        static let meta: UInt16 = 0x08
    }

    enum NodeFlag {
        static let overflow: UInt16 = 0x01
        static let database: UInt16 = 0x02
    }

    enum DatabaseFlag {
        static let integerKey: UInt16 = 0x08
        /// An environment's flag that LMDB keeps in the free database's record.
        static let noSubdirectory: UInt16 = 0x4000
    }

    static func pageFlagNames(_ flags: UInt16) -> String {
        switch flags {
        case PageFlag.branch: "branch"
        case PageFlag.leaf: "leaf"
        case PageFlag.overflow: "overflow"
        case PageFlag.meta: "meta"
        default: "0x\(String(flags, radix: 16))"
        }
    }
}

/// Little-endian numbers at any offset. The caller has checked that they lie inside.
extension UnsafeRawBufferPointer {
    func u16(_ offset: Int) -> UInt16 { UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
    func u32(_ offset: Int) -> UInt32 { UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    func u64(_ offset: Int) -> UInt64 { UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }

    func part(_ offset: Int, _ count: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[offset..<offset + count]) }
}
