/// Both meta pages, read while a writer may be replacing one.
struct MetaPages {
    private(set) var newest: PageMeta?
    private(set) var older: PageMeta?
    private(set) var damage: [PageFileError] = []
    /// Two readings in a row gave the same bytes, so no commit came between the two pages.
    let isStable: Bool

    init(source: PageSource, fileBytes: UInt64) throws(PageFileError) {
        guard fileBytes > 0 else { throw PageFileError(.notADataFile, "the file is empty; LMDB would make a new database of it") }
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * PageMeta.bytes, alignment: 8)
        defer { storage.deallocate() }
        func slot(_ index: Int) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(rebasing: storage[index * PageMeta.bytes..<(index + 1) * PageMeta.bytes])
        }
        let pageSize = try Self.findPageSize(source, fileBytes, slot(0))
        var counts = [0, 0]
        var stable = false
        for attempt in 0..<8 where !stable {
            let base = attempt % 2 * 2
            for index in 0...1 { counts[index] = try source.read(slot(base + index), at: UInt64(index * pageSize)) }
            stable = attempt > 0 && (0..<2 * PageMeta.bytes).allSatisfy { storage[$0] == storage[$0 + 2 * PageMeta.bytes] }
        }
        isStable = stable

        var sound: [PageMeta] = []
        var refused: [(index: Int, error: PageFileError)] = []
        for index in 0...1 {
            do throws(PageFileError) {
                guard counts[index] == PageMeta.bytes else {
                    throw PageFileError(
                        .truncated, page: UInt64(index),
                        "meta page: the file ends at byte \(fileBytes), inside of the page or before it (pages have \(pageSize) bytes)")
                }
                sound.append(try PageMeta(bytes: UnsafeRawBufferPointer(slot(index)), slot: index, pageSize: pageSize))
            } catch {
                refused.append((index, error))
            }
        }
        damage = refused.filter { !PageMeta.isGivenUp(UnsafeRawBufferPointer(slot($0.index)), $0.error, before: sound.first) }.map(\.error)
        // LMDB's own rule: the higher transaction, and page 0 when both are equal (both are 0 in a new file).
        sound.sort { $0.transactionID > $1.transactionID }
        newest = sound.first
        older = sound.dropFirst().first
    }

    /// Page 0 says how large pages are; when it is damaged, page 1 is looked for where it could be.
    private static func findPageSize(
        _ source: PageSource, _ fileBytes: UInt64, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(PageFileError) -> Int {
        let first = try source.read(buffer, at: 0)
        if first == PageMeta.bytes, let size = PageMeta.pageSize(in: UnsafeRawBufferPointer(buffer)) { return size }
        let bytes = UnsafeRawBufferPointer(buffer)
        if first == PageMeta.bytes, bytes.u32(16) == PageLayout.magic, bytes.u32(20) != PageLayout.version {
            throw PageFileError(
                .unsupported, page: 0, "the format is version \(bytes.u32(20)), this reader knows version \(PageLayout.version)")
        }
        let magic = first >= 20 ? bytes.u32(16) : 0
        for size in PageLayout.pageSizes where try source.read(buffer, at: UInt64(size)) == PageMeta.bytes {
            if PageMeta.pageSize(in: UnsafeRawBufferPointer(buffer)) == size { return size }
        }
        throw PageFileError(
            .notADataFile,
            "no LMDB meta page was found in \(fileBytes) bytes (the first has 0x\(String(magic, radix: 16)) where the magic number belongs)"
        )
    }
}
