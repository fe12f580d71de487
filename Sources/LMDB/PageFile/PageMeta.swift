/// One of the two meta pages: a committed transaction's roots.
package struct PageMeta: Sendable, Equatable {
    /// The page that it stands on, 0 or 1.
    package let slot: Int
    package let pageSize: Int
    /// The map that the writer had reserved, in bytes.
    package let mapBytes: UInt64
    package let freeDatabase: DatabaseRecord
    package let mainDatabase: DatabaseRecord
    /// The highest page number in use or free. The file may end before it, when the last pages are free and were never written.
    package let lastPage: UInt64
    /// LMDB's own transaction ID, which a compacting copy sets back.
    package let transactionID: UInt64

    static let bytes = PageLayout.headerBytes + PageLayout.metaBytes

    /// The page size that these bytes claim, if they are a meta page of a size that LMDB makes.
    static func pageSize(in bytes: UnsafeRawBufferPointer) -> Int? {
        let meta = bytes.part(PageLayout.headerBytes, PageLayout.metaBytes)
        guard meta.u32(0) == PageLayout.magic, meta.u32(4) == PageLayout.version else { return nil }
        let size = Int(meta.u32(24))
        return PageLayout.pageSizes.contains(size) ? size : nil
    }

    /// Whether `bytes`, refused with `error`, are what LMDB leaves when it could not write a meta page and the process ended before the next commit: it puts
    /// the old transaction ID and last page back over the new roots, which may lie beyond that page. Nobody reads that page: `newest`, on the other one, is in force,
    /// and the next commit writes over this one.
    static func isGivenUp(_ bytes: UnsafeRawBufferPointer, _ error: PageFileError, before newest: PageMeta?) -> Bool {
        guard let newest, error.kind == .pageNumber || error.kind == .counts else { return false }
        return bytes.part(PageLayout.headerBytes, PageLayout.metaBytes).u64(128) &+ 1 == newest.transactionID
    }

    /// `bytes` holds a page's first `PageMeta.bytes`.
    init(bytes: UnsafeRawBufferPointer, slot: Int, pageSize: Int) throws(PageFileError) {
        let page = UInt64(slot)
        func refuse(_ detail: String, _ kind: PageFileError.Kind = .meta) -> PageFileError {
            PageFileError(kind, page: page, "meta page: \(detail)")
        }
        let meta = bytes.part(PageLayout.headerBytes, PageLayout.metaBytes)
        guard meta.u32(0) == PageLayout.magic else {
            throw refuse("the magic number is 0x\(String(meta.u32(0), radix: 16)), LMDB's is 0x\(String(PageLayout.magic, radix: 16))")
        }
        guard meta.u32(4) == PageLayout.version else {
            throw refuse("the format is version \(meta.u32(4)), this reader knows version \(PageLayout.version)", .unsupported)
        }
        guard bytes.u64(0) == page else { throw refuse("it carries page number \(bytes.u64(0))") }
        guard bytes.u16(10) == PageLayout.PageFlag.meta else {
            throw refuse("it is marked as \(PageLayout.pageFlagNames(bytes.u16(10))), not as meta")
        }
        guard Int(meta.u32(24)) == pageSize else { throw refuse("the page size is \(meta.u32(24)), not \(pageSize)") }
        self.slot = slot
        self.pageSize = pageSize
        mapBytes = meta.u64(16)
        lastPage = meta.u64(120)
        transactionID = meta.u64(128)
        guard mapBytes <= UInt64(Int64.max) else { throw refuse("the map is \(mapBytes) bytes") }
        // From here on a page number up to lastPage, times the page size, cannot overflow.
        guard lastPage >= 1, lastPage < mapBytes / UInt64(pageSize) else {
            throw refuse("the last page is \(lastPage), in a map of \(mapBytes) bytes with pages of \(pageSize)")
        }
        guard transactionID == 0 || transactionID & 1 == page else {
            throw refuse("transaction \(transactionID) belongs on the other meta page")
        }
        do {
            let required = PageLayout.DatabaseFlag.integerKey
            freeDatabase = try DatabaseRecord(
                bytes: meta.part(24, PageLayout.recordBytes), lastPage: lastPage,
                allowedFlags: required | PageLayout.DatabaseFlag.noSubdirectory, requiredFlags: required)
        } catch {
            throw refuse("free database: \(error.detail)", error.kind)
        }
        do {
            mainDatabase = try DatabaseRecord(
                bytes: meta.part(72, PageLayout.recordBytes), lastPage: lastPage, allowedFlags: 0, requiredFlags: 0)
        } catch {
            throw refuse("main database: \(error.detail)", error.kind)
        }
    }
}
