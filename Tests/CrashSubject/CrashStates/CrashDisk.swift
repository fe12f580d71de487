import Glibc

/// A file as a crash may leave it: what is durable for certain, and any choice of what was written since. One file in memory is changed from state to state,
/// page by page.
final class CrashDisk {
    static let pageBytes = 4096
    static let sectorBytes = 512

    /// A write, or the part of one that lies in one page: what a disk may do or leave on its own.
    struct Unit {
        let page: Int
        /// From the page's beginning.
        let offset: Int
        let bytes: ArraySlice<UInt8>
        var isWholePage: Bool { bytes.count == CrashDisk.pageBytes }
        var end: Int { page * CrashDisk.pageBytes + offset + bytes.count }
    }

    struct Failure: Error {}

    let descriptor: Int32
    private(set) var durable: [UInt8] = []
    private(set) var pending: [Unit] = []
    /// What the file shows at the moment: of each pending unit, which of its sectors.
    private var shown: [UInt8] = []

    /// A file without a name, which is gone when it is closed.
    init(in folder: String) throws {
        var template = Array("\(folder)/crash-disk-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure() }
        unlink(template)
    }

    deinit { close(descriptor) }

    /// A write that has reached the page cache. Durable at once where it says so.
    func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        var rest = bytes
        var place = offset
        while !rest.isEmpty {
            let inPage = place % Self.pageBytes
            let piece = rest.prefix(Self.pageBytes - inPage)
            pending.append(Unit(page: place / Self.pageBytes, offset: inPage, bytes: piece))
            shown.append(0)
            rest = rest.dropFirst(piece.count)
            place += piece.count
        }
    }

    /// Everything that is pending is durable now; or the last unit alone.
    func flush(lastOnly: Bool = false) throws {
        for place in pending.indices where !lastOnly || place == pending.count - 1 {
            let unit = pending[place]
            if durable.count < unit.end { durable += [UInt8](repeating: 0, count: unit.end - durable.count) }
            let start = unit.page * Self.pageBytes + unit.offset
            durable.replaceSubrange(start..<unit.end, with: unit.bytes)
        }
        let left = lastOnly ? Array(pending.dropLast()) : []
        pending = left
        shown = [UInt8](repeating: 0, count: left.count)
        try durable.withUnsafeBytes { try put($0, at: 0) }
        try setLength(durable.count)
    }

    /// Has the file show these sectors (a bit each) of each pending unit; `extended`: as long as with all of them, with zeros where nothing came.
    func show(_ sectors: (Int) -> UInt8, extended: Bool) throws {
        var changed: Set<Int> = []
        for place in pending.indices {
            let wanted = sectors(place)
            guard wanted != shown[place] else { continue }
            shown[place] = wanted
            changed.insert(pending[place].page)
        }
        for page in changed { try rewrite(page) }
        let ends = pending.indices.filter { extended || shown[$0] != 0 }.map { pending[$0].end }
        try setLength(max(durable.count, ends.max() ?? 0))
    }

    private func rewrite(_ page: Int) throws {
        let start = page * Self.pageBytes
        var content = [UInt8](repeating: 0, count: Self.pageBytes)
        if start < durable.count {
            let there = durable[start..<min(durable.count, start + Self.pageBytes)]
            content.replaceSubrange(0..<there.count, with: there)
        }
        for place in pending.indices where pending[place].page == page && shown[place] != 0 {
            let unit = pending[place]
            guard unit.isWholePage else {
                content.replaceSubrange(unit.offset..<unit.offset + unit.bytes.count, with: unit.bytes)
                continue
            }
            for sector in 0..<8 where shown[place] & (1 << sector) != 0 {
                let range = sector * Self.sectorBytes..<(sector + 1) * Self.sectorBytes
                content.replaceSubrange(
                    range, with: unit.bytes[unit.bytes.startIndex + range.lowerBound..<unit.bytes.startIndex + range.upperBound])
            }
        }
        try content.withUnsafeBytes { try put($0, at: start) }
    }

    private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        guard pwrite(descriptor, bytes.baseAddress, bytes.count, offset) == bytes.count else { throw Failure() }
    }

    private func setLength(_ bytes: Int) throws {
        guard ftruncate(descriptor, bytes) == 0 else { throw Failure() }
    }
}
