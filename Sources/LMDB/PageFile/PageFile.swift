/// LMDB's data file read without LMDB: by `pread`, with every number checked before it is used.
///
/// LMDB trusts its file. A truncated one is a SIGBUS there, a flipped bit an assertion, wrong data or nothing at all. Here each is a
/// `PageFileError`. What is read is the format of LMDB 0.9 on 64-bit little-endian machines, as far as Weir uses it: byte-ordered keys,
/// no duplicates, named databases.
///
/// **A writer may be at work in this or another process.** It never overwrites pages that a read transaction may still see. So: begin an
/// LMDB read transaction, take its ID, ask for `meta(ofTransaction:)`, walk that, and only then end the transaction. Two commits between the first
/// two steps take the meta page away (`.snapshotGone`): begin again. Opening and closing data.mdb does not touch LMDB's locks, which
/// are on lock.mdb.
package struct PageFile: ~Copyable {
    let source: PageSource
    private let ownsDescriptor: Bool
    package let pageSize: Int
    /// The file's size when it was opened.
    package let fileBytes: UInt64
    /// The newer of the sound meta pages.
    package let currentMeta: PageMeta
    /// The other meta page, when it is sound.
    package let previousMeta: PageMeta?
    /// What is wrong with a meta page that could not be used. LMDB itself refuses to open such a file.
    package let metaDamage: [PageFileError]

    /// LMDB's transaction ID of the newest commit.
    package var transactionID: UInt64 { currentMeta.transactionID }
    package var lastPage: UInt64 { currentMeta.lastPage }

    package init(path: String) throws(PageFileError) {
        let source = PageSource(descriptor: try PageSource.open(path))
        let opening: Opening
        do {
            opening = try Opening(source)
        } catch {
            PageSource.close(source.descriptor)
            throw error
        }
        self.init(source, opening, owned: true)
    }

    /// The descriptor stays the caller's, who keeps it open for as long as this lives.
    package init(descriptor: Int32) throws(PageFileError) {
        let source = PageSource(descriptor: descriptor)
        self.init(source, try Opening(source), owned: false)
    }

    private init(_ source: PageSource, _ opening: Opening, owned: Bool) {
        self.source = source
        ownsDescriptor = owned
        fileBytes = opening.fileBytes
        currentMeta = opening.newest
        previousMeta = opening.older
        pageSize = opening.newest.pageSize
        metaDamage = opening.damage
    }

    /// What opening finds, before there is anything to close again.
    private struct Opening {
        let fileBytes: UInt64
        let newest: PageMeta
        let older: PageMeta?
        let damage: [PageFileError]

        init(_ source: PageSource) throws(PageFileError) {
            fileBytes = try source.size()
            let metas = try MetaPages(source: source, fileBytes: fileBytes)
            var damage = metas.damage
            guard let newest = metas.newest else {
                throw PageFileError(damage[0].kind, page: damage[0].page, damage.map(\.detail).joined(separator: "; "))
            }
            if let older = metas.older, metas.isStable, newest.transactionID - older.transactionID > 1 {
                damage.append(
                    PageFileError(
                        .meta, page: UInt64(older.slot),
                        "meta page: it shows transaction \(older.transactionID), the other \(newest.transactionID); "
                            + "they are one apart in a sound file"))
            }
            self.newest = newest
            older = metas.older
            self.damage = damage
        }
    }

    deinit {
        if ownsDescriptor { PageSource.close(source.descriptor) }
    }

    /// The roots of a transaction that the caller holds pinned. Reads the meta pages anew.
    package func meta(ofTransaction transactionID: UInt64) throws(PageFileError) -> PageMeta {
        let metas = try MetaPages(source: source, fileBytes: source.size())
        for meta in [metas.newest, metas.older] {
            if let meta, meta.transactionID == transactionID { return meta }
        }
        let shown = [metas.newest, metas.older].compactMap { $0.map { "\($0.transactionID)" } }.joined(separator: " and ")
        throw PageFileError(.snapshotGone, "transaction \(transactionID) is on no meta page; \(shown.isEmpty ? "none" : shown) are")
    }

    /// Refuses a file that ends before a page that is in use could begin. O(1), unless the file ends before its last page: then the list of
    /// free pages is read, because LMDB leaves free pages at the end unwritten.
    package func checkSize(_ meta: PageMeta, limits: PageWalk.Limits = .init()) throws(PageFileError) {
        guard try source.size() / UInt64(pageSize) <= meta.lastPage else { return }
        let walker = try PageWalker(source: source, meta: meta, limits: limits)
        try walker.checkUnwrittenTail()
    }

    /// Visits every record of a snapshot and checks every page of it.
    ///
    /// Damage does not end the walk: each database's walk ends at the first damage in it, and the next one begins. What was found is in the result.
    /// Memory: two bits for each page up to the last (64 KiB for each GiB of file), a page for each level of the tree, and one value.
    /// Complexity: one `pread` for each page in use, each at most once.
    ///
    /// - Parameter visit: gets the database's name (nil: a record of the main database that is no database), and key and value, which are unaligned
    ///   and valid during the call only. Records of one database come in key order. Records may have been visited before damage is found beside them.
    /// - Throws: `PageFileError` of kind `.io`, of `.truncated` when the last page is beyond anything that the file could hold, and what `visit` throws.
    package func walk(
        _ meta: PageMeta, limits: PageWalk.Limits = .init(),
        visit: (_ database: String?, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws -> PageWalk {
        try PageWalker(source: source, meta: meta, limits: limits).run(visit: visit)
    }

    /// Checks every page of a snapshot.
    package func walk(_ meta: PageMeta, limits: PageWalk.Limits = .init()) throws -> PageWalk {
        try walk(meta, limits: limits) { _, _, _ in }
    }
}
