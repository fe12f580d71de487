/// MDB_db: where a database's tree begins and how large it says it is.
package struct DatabaseRecord: Sendable, Equatable {
    package let flags: UInt16
    package let depth: Int
    package let branchPages: UInt64
    package let leafPages: UInt64
    package let overflowPages: UInt64
    package let entries: UInt64
    /// nil: the database is empty.
    package let root: UInt64?

    /// `bytes` holds `PageLayout.recordBytes`. What is impossible in any file is refused here, so that walking may rely on it.
    init(bytes: UnsafeRawBufferPointer, lastPage: UInt64, allowedFlags: UInt16, requiredFlags: UInt16) throws(PageFileError) {
        flags = bytes.u16(4)
        depth = Int(bytes.u16(6))
        branchPages = bytes.u64(8)
        leafPages = bytes.u64(16)
        overflowPages = bytes.u64(24)
        entries = bytes.u64(32)
        let root = bytes.u64(40)
        self.root = root == PageLayout.noPage ? nil : root

        guard flags & requiredFlags == requiredFlags, flags & ~allowedFlags == 0 else {
            throw PageFileError(
                .unsupported, "flags are 0x\(String(flags, radix: 16)); plain byte order without duplicates is what is read here")
        }
        guard depth <= PageLayout.maximumDepth else {
            throw PageFileError(.counts, "depth is \(depth), LMDB's limit is \(PageLayout.maximumDepth)")
        }
        for (name, pages) in [("branch", branchPages), ("leaf", leafPages), ("overflow", overflowPages)] where pages > lastPage {
            throw PageFileError(.counts, "\(pages) \(name) pages are counted, the file's last page is \(lastPage)")
        }
        guard root != PageLayout.noPage else {
            guard depth == 0, branchPages == 0, leafPages == 0, overflowPages == 0, entries == 0 else {
                throw PageFileError(
                    .counts, "there is no root, but depth \(depth), \(leafPages) leaf pages and \(entries) entries are counted")
            }
            return
        }
        guard root >= PageLayout.firstPage, root <= lastPage else {
            throw PageFileError(.pageNumber, "the root is page \(root), outside of 2...\(lastPage)")
        }
        guard depth >= 1 else { throw PageFileError(.counts, "the root is page \(root), but the depth is 0") }
    }
}
