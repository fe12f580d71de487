extension PageWalker {
    /// A list of free pages: how many, then their numbers, descending. The key is the transaction that freed them.
    func takeFreeList(_ key: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer, page: UInt64) throws(Stop) {
        let transaction = key.u64(0)
        func refuse(_ detail: String) -> Stop {
            .damage(PageFileError(.freeList, page: page, "the list of transaction \(transaction) \(detail)"))
        }
        guard transaction <= meta.transactionID else { throw refuse("is newer than the snapshot, \(meta.transactionID)") }
        guard data.count >= 8 else { throw refuse("has \(data.count) bytes") }
        let count = data.u64(0)
        // LMDB reserves space for a list before it knows its length, so it may be longer than it needs to be.
        guard count <= UInt64(data.count / 8 - 1) else { throw refuse("says \(count) pages in \(data.count) bytes") }
        var previous = UInt64.max
        for index in 0..<Int(count) {
            let number = data.u64(8 + 8 * index)
            guard number >= PageLayout.firstPage, number <= meta.lastPage else {
                throw refuse("names page \(number), outside of 2...\(meta.lastPage)")
            }
            guard number < previous else { throw refuse("names page \(number) after page \(previous); they descend") }
            guard free.insert(number) else { throw refuse("names page \(number), which another list names too") }
            previous = number
        }
    }

    /// Pages that the file does not hold must be free ones.
    func checkUnwrittenTail() throws(PageFileError) {
        do throws(Stop) {
            _ = try walk(meta.freeDatabase, .free, name: nil) { _, _, _ in }
        } catch {
            switch error {
            case .damage(let damage): throw damage
            case .failure(let failure): throw failure as? PageFileError ?? PageFileError(.io, "\(failure)")
            }
        }
        if let first = damage.first { throw first }
        if let missing = firstMissingPage { throw missing }
    }

    private var firstMissingPage: PageFileError? {
        let written = fileBytes / UInt64(meta.pageSize)
        var page = written
        while page <= meta.lastPage {
            guard free.contains(page) else {
                return PageFileError(
                    .truncated, page: page,
                    "the file ends at byte \(fileBytes), after \(written) of \(meta.lastPage + 1) pages, and this one is not free")
            }
            page += 1
        }
        return nil
    }

    /// All pages must be in use or free, and none both.
    func account() -> (leaked: UInt64, damage: [PageFileError]) {
        var found: [PageFileError] = []
        func list(_ pages: (count: UInt64, first: [UInt64])) -> String {
            pages.first.map(String.init).joined(separator: ", ") + (pages.count > pages.first.count ? ", ..." : "")
        }
        let both = used.compare(free, both: true, upTo: 8)
        if both.count > 0 {
            found.append(
                PageFileError(.usedAndFree, page: both.first.first, "\(both.count) pages are in use and listed as free: \(list(both))"))
        }
        // With a tree that could not be walked to its end, what was not reached is not leaked.
        guard damage.isEmpty else { return (0, found) }
        let neither = used.compare(free, both: false, upTo: 8)
        if neither.count > 0 {
            found.append(
                PageFileError(.leaked, page: neither.first.first, "\(neither.count) pages are neither in use nor free: \(list(neither))"))
        }
        return (neither.count, found)
    }

    func run(visit: Visitor) throws -> PageWalk {
        do throws(Stop) {
            let freeDatabase = try walk(meta.freeDatabase, .free, name: nil, visit: visit)
            let mainDatabase = try walk(meta.mainDatabase, .main, name: nil, visit: visit)
            var databases: [PageWalk.Database] = []
            for (name, record) in named { databases.append(try walk(record, .named, name: name, visit: visit)) }
            let accounts = account()
            return PageWalk(
                transactionID: meta.transactionID, pageSize: meta.pageSize, lastPage: meta.lastPage, freeDatabase: freeDatabase,
                mainDatabase: mainDatabase, databases: databases, usedPages: used.count - PageLayout.firstPage, freePages: free.count,
                leakedPages: accounts.leaked, damage: damage + accounts.damage)
        } catch {
            switch error {
            case .damage(let damage): throw damage
            case .failure(let failure): throw failure
            }
        }
    }
}
