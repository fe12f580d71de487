#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Walks one snapshot's trees. Lives for one walk, on one thread.
final class PageWalker {
    typealias Visitor = (_ database: String?, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void

    /// Why a database's walk ends early: damage ends that database's, the others go on; anything else ends the whole.
    enum Stop: Error {
        case damage(PageFileError)
        case failure(any Error)
    }

    enum Role: Equatable { case free, main, named }

    let source: PageSource
    let meta: PageMeta
    let limits: PageWalk.Limits
    let fileBytes: UInt64
    var used: PageSet
    var free: PageSet
    /// Records of named databases, found in the main one.
    var named: [(name: String, record: DatabaseRecord)] = []
    /// A page for each level, because the parents' separators bound the keys below.
    private var levels: [UnsafeMutableRawBufferPointer] = []
    private let occupancy: UnsafeMutableBufferPointer<UInt64>
    private var value = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(source: PageSource, meta: PageMeta, limits: PageWalk.Limits) throws(PageFileError) {
        fileBytes = try source.size()
        // A page that the file does not hold can only be a free one, and the file holds the list of those: 8 bytes for each.
        let written = fileBytes / UInt64(meta.pageSize)
        guard meta.lastPage < written + fileBytes / 8 else {
            throw PageFileError(
                .truncated, "the last page is \(meta.lastPage), but the file ends after \(written) pages (\(fileBytes) bytes)")
        }
        self.source = source
        self.meta = meta
        self.limits = limits
        used = PageSet(lastPage: meta.lastPage)
        free = PageSet(lastPage: meta.lastPage)
        for page in 0..<PageLayout.firstPage { _ = used.insert(page) }
        occupancy = .allocate(capacity: meta.pageSize / 128)
    }

    deinit {
        for level in levels { level.deallocate() }
        occupancy.deallocate()
        value.deallocate()
    }

    /// Walks a database and compares it with its record.
    func walk(_ record: DatabaseRecord, _ role: Role, name: String?, visit: Visitor) throws(Stop) -> PageWalk.Database {
        var tally = PageWalk.Database(name: name, depth: record.depth)
        do throws(Stop) {
            if let root = record.root {
                try walkPage(root, level: 1, record, role, above: Bounds(), &tally, visit)
            }
            let counts = [
                ("branch pages", record.branchPages, tally.branchPages), ("leaf pages", record.leafPages, tally.leafPages),
                ("overflow pages", record.overflowPages, tally.overflowPages), ("entries", record.entries, tally.entries),
            ]
            for (what, recorded, counted) in counts where recorded != counted {
                throw .damage(PageFileError(.counts, "its record says \(recorded) \(what), its tree has \(counted)"))
            }
        } catch .damage(let error) {
            damage.append(error.named(name ?? (role == .free ? "(free)" : "(main)")))
            tally.isDamaged = true
        }
        return tally
    }

    var damage: [PageFileError] = []

    /// The keys that a page may hold: from `lower` on, before `upper`. They point into the pages of the levels above.
    struct Bounds {
        var lower: UnsafeRawBufferPointer?
        var upper: UnsafeRawBufferPointer?
    }

    private func walkPage(
        _ number: UInt64, level: Int, _ record: DatabaseRecord, _ role: Role, above: Bounds, _ tally: inout PageWalk.Database,
        _ visit: Visitor
    ) throws(Stop) {
        let isLeaf = level == record.depth
        let page = try readPage(number, level: level, isLeaf: isLeaf, role)
        try checkOrder(page, number, role, above)
        guard isLeaf else {
            tally.branchPages += 1
            for index in 0..<page.count {
                let lower = index == 0 ? above.lower : page[index].key
                let upper = index + 1 == page.count ? above.upper : page[index + 1].key
                try walkPage(
                    page[index].child, level: level + 1, record, role, above: Bounds(lower: lower, upper: upper), &tally, visit)
            }
            return
        }
        tally.leafPages += 1
        for index in 0..<page.count {
            let node = page[index]
            tally.entries += 1
            if node.flags == PageLayout.NodeFlag.database {
                try takeDatabase(node, page: number, role)
                continue
            }
            var data = node.data
            if node.flags == PageLayout.NodeFlag.overflow {
                data = try readOverflow(node, role, &tally)
            }
            guard role != .free else {
                try takeFreeList(node.key, data, page: number)
                continue
            }
            do { try visit(tally.name, node.key, data) } catch { throw .failure(error) }
        }
    }

    private func readPage(_ number: UInt64, level: Int, isLeaf: Bool, _ role: Role) throws(Stop) -> NodePage {
        try use(number, count: 1)
        while levels.count < level { levels.append(.allocate(byteCount: meta.pageSize, alignment: 8)) }
        try read(levels[level - 1], page: number)
        do throws(PageFileError) {
            // LMDB may leave a free database's branch page with one child (ITS#8336); elsewhere it asserts that there are two.
            return try NodePage(
                UnsafeRawBufferPointer(levels[level - 1]), number: number, isLeaf: isLeaf, minimumCount: isLeaf || role == .free ? 1 : 2,
                occupancy: occupancy)
        } catch {
            throw .damage(error)
        }
    }

    /// Marks pages as in use. After this they are known to be inside of the file.
    private func use(_ number: UInt64, count: UInt64) throws(Stop) {
        guard number >= PageLayout.firstPage, number <= meta.lastPage, count - 1 <= meta.lastPage - number else {
            let end = count == 1 ? "" : " with \(count) pages"
            throw .damage(PageFileError(.pageNumber, page: number, "it\(end) is outside of 2...\(meta.lastPage)"))
        }
        guard (number + count) * UInt64(meta.pageSize) <= fileBytes else {
            throw .damage(PageFileError(.truncated, page: number, "the file ends at byte \(fileBytes), before the page does"))
        }
        for page in number..<number + count where !used.insert(page) {
            throw .damage(PageFileError(.usedTwice, page: page, "it is reached a second time"))
        }
    }

    private func read(_ buffer: UnsafeMutableRawBufferPointer, page: UInt64) throws(Stop) {
        let count: Int
        do throws(PageFileError) {
            count = try source.read(buffer, at: page * UInt64(meta.pageSize))
        } catch {
            throw .failure(error)
        }
        guard count == buffer.count else {
            throw .damage(PageFileError(.truncated, page: page, "the file ended while it was read"))
        }
    }

    /// Keys ascend strictly, and stay within what the levels above say. With that they ascend across pages too.
    private func checkOrder(_ page: NodePage, _ number: UInt64, _ role: Role, _ above: Bounds) throws(Stop) {
        let first = page.isLeaf ? 0 : 1
        if role == .free {
            for index in first..<max(first, page.count) where page[index].key.count != 8 {
                throw .damage(PageFileError(.freeList, page: number, "key \(index) has \(page[index].key.count) bytes, not 8"))
            }
        }
        var previous = above.lower
        for index in first..<max(first, page.count) {
            let key = page[index].key
            if let previous {
                let order = compare(previous, key, role)
                // Equal to the parent's separator is right for a leaf's first key, and for that only.
                let mayBeEqual = page.isLeaf && index == 0
                guard order < 0 || (order == 0 && mayBeEqual) else {
                    throw .damage(PageFileError(.keyOrder, page: number, "key \(index) does not come after the one before it"))
                }
            }
            previous = key
        }
        if let upper = above.upper, let last = previous, page.count > first, compare(last, upper, role) >= 0 {
            throw .damage(PageFileError(.keyOrder, page: number, "key \(page.count - 1) belongs to a page further right"))
        }
    }

    private func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, _ role: Role) -> Int {
        if role == .free {
            let (a, b) = (a.u64(0), b.u64(0))
            return a < b ? -1 : a == b ? 0 : 1
        }
        let order = memcmp(a.baseAddress!, b.baseAddress!, min(a.count, b.count))
        return order != 0 ? Int(order) : a.count - b.count
    }

    /// The whole value, in a buffer that the next one reuses. LMDB may keep more pages than the value needs.
    private func readOverflow(
        _ node: NodePage.Node, _ role: Role, _ tally: inout PageWalk.Database
    ) throws(Stop) -> UnsafeRawBufferPointer {
        let number = node.data.u64(0)
        let size = PageLayout.headerBytes + node.valueBytes
        let needed = UInt64((size - 1) / meta.pageSize + 1)
        // A list of free pages cannot name more pages than there are.
        let limit = role == .free ? (Int(meta.lastPage) + 2) * 8 : limits.valueBytes
        guard node.valueBytes <= limit else {
            throw .damage(PageFileError(.limit, page: number, "a value has \(node.valueBytes) bytes, the limit is \(limit)"))
        }
        try use(number, count: needed)
        if value.count < size {
            value.deallocate()
            value = .allocate(byteCount: Int(needed) * meta.pageSize, alignment: 8)
        }
        try read(UnsafeMutableRawBufferPointer(rebasing: value[0..<size]), page: number)
        let bytes = UnsafeRawBufferPointer(value)
        guard bytes.u64(0) == number else {
            throw .damage(PageFileError(.misplacedPage, page: number, "it carries page number \(bytes.u64(0))"))
        }
        guard bytes.u16(10) == PageLayout.PageFlag.overflow else {
            throw .damage(
                PageFileError(
                    .pageKind, page: number,
                    "it is marked as \(PageLayout.pageFlagNames(bytes.u16(10))) where an overflow page belongs"))
        }
        let pages = UInt64(bytes.u32(12))
        guard pages >= needed else {
            throw .damage(PageFileError(.pageBounds, page: number, "it has \(pages) pages, its value needs \(needed)"))
        }
        if pages > needed { try use(number + needed, count: pages - needed) }
        tally.overflowPages += pages
        return bytes.part(PageLayout.headerBytes, node.valueBytes)
    }

    private func takeDatabase(_ node: NodePage.Node, page: UInt64, _ role: Role) throws(Stop) {
        guard role == .main, node.data.count == PageLayout.recordBytes else {
            throw .damage(
                PageFileError(
                    .node, page: page,
                    role == .main
                        ? "a database's record has \(node.data.count) bytes, not \(PageLayout.recordBytes)"
                        : "it holds a database's record outside of the main database"))
        }
        guard named.count < limits.databases else {
            throw .damage(PageFileError(.limit, page: page, "there are more than \(limits.databases) databases"))
        }
        let name = String(decoding: node.key, as: UTF8.self)
        do throws(PageFileError) {
            let record = try DatabaseRecord(bytes: node.data, lastPage: meta.lastPage, allowedFlags: 0, requiredFlags: 0)
            named.append((name, record))
        } catch {
            // Its neighbours can still be walked.
            damage.append(PageFileError(error.kind, page: page, database: name, "its record: \(error.detail)"))
        }
    }

}
