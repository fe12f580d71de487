/// A branch or leaf page whose header, pointers and nodes have been checked to lie inside of it, apart from each other.
struct NodePage {
    struct Node {
        let flags: UInt16
        let key: UnsafeRawBufferPointer
        /// In a leaf: the value, or 8 bytes of the first overflow page's number.
        let data: UnsafeRawBufferPointer
        /// In a leaf: the value's size, wherever it stands.
        let valueBytes: Int
        /// In a branch.
        let child: UInt64
    }

    let bytes: UnsafeRawBufferPointer
    let isLeaf: Bool
    let count: Int

    /// - Parameter occupancy: one bit for each two bytes of a page, to be used freely.
    init(
        _ bytes: UnsafeRawBufferPointer, number: UInt64, isLeaf: Bool, minimumCount: Int, occupancy: UnsafeMutableBufferPointer<UInt64>
    ) throws(PageFileError) {
        let expected = isLeaf ? PageLayout.PageFlag.leaf : PageLayout.PageFlag.branch
        guard bytes.u64(0) == number else { throw PageFileError(.misplacedPage, page: number, "it carries page number \(bytes.u64(0))") }
        guard bytes.u16(10) == expected else {
            throw PageFileError(
                .pageKind, page: number,
                "it is marked as \(PageLayout.pageFlagNames(bytes.u16(10))) where a \(PageLayout.pageFlagNames(expected)) page belongs")
        }
        let lower = Int(bytes.u16(12))
        let upper = Int(bytes.u16(14))
        guard lower >= PageLayout.headerBytes, lower <= upper, upper <= bytes.count, lower % 2 == 0 else {
            throw PageFileError(.pageBounds, page: number, "its free space is bytes \(lower)..<\(upper) of \(bytes.count)")
        }
        self.bytes = bytes
        self.isLeaf = isLeaf
        count = (lower - PageLayout.headerBytes) / 2
        guard count >= minimumCount else {
            throw PageFileError(.pageBounds, page: number, "it has \(count) nodes, the least is \(minimumCount)")
        }
        try checkNodes(number, upper, UnsafeMutableBufferPointer(rebasing: occupancy[0..<bytes.count / 128]))
    }

    private func checkNodes(
        _ number: UInt64, _ upper: Int, _ occupancy: UnsafeMutableBufferPointer<UInt64>
    ) throws(PageFileError) {
        occupancy.update(repeating: 0)
        var total = 0
        for index in 0..<count {
            let offset = Int(bytes.u16(PageLayout.headerBytes + 2 * index))
            guard offset >= upper, offset % 2 == 0, offset <= bytes.count - PageLayout.nodeHeaderBytes else {
                throw PageFileError(
                    .pageBounds, page: number, "node \(index) is at byte \(offset), outside of \(upper)..<\(bytes.count)")
            }
            let keyBytes = Int(bytes.u16(offset + 6))
            var size = PageLayout.nodeHeaderBytes + keyBytes
            if isLeaf {
                let flags = bytes.u16(offset + 4)
                guard flags == 0 || flags == PageLayout.NodeFlag.overflow || flags == PageLayout.NodeFlag.database else {
                    throw PageFileError(.node, page: number, "node \(index) has the flags 0x\(String(flags, radix: 16))")
                }
                size += flags == PageLayout.NodeFlag.overflow ? 8 : Int(bytes.u32(offset))
            }
            size += size % 2
            guard size <= bytes.count - offset else {
                throw PageFileError(
                    .pageBounds, page: number, "node \(index) at byte \(offset) has \(size) bytes and leaves the page's \(bytes.count)")
            }
            // LMDB never compares with a branch page's first key, which is empty.
            guard (1...PageLayout.maximumKeyBytes).contains(keyBytes) || (!isLeaf && index == 0 && keyBytes == 0) else {
                throw PageFileError(
                    .node, page: number, "node \(index) has a key of \(keyBytes) bytes, keys have 1...\(PageLayout.maximumKeyBytes)")
            }
            guard Self.occupy(occupancy, offset / 2, (offset + size) / 2) else {
                throw PageFileError(.pageBounds, page: number, "node \(index) at byte \(offset) overlaps another one")
            }
            total += size
        }
        guard total == bytes.count - upper else {
            throw PageFileError(
                .pageBounds, page: number, "its \(count) nodes have \(total) bytes, \(bytes.count - upper) are marked as used")
        }
    }

    /// Sets the bits from `start` to before `end`; false when one was set already.
    private static func occupy(_ words: UnsafeMutableBufferPointer<UInt64>, _ start: Int, _ end: Int) -> Bool {
        var bit = start
        while bit < end {
            let length = min(64 - bit % 64, end - bit)
            let mask = (length == 64 ? UInt64.max : (1 << UInt64(length)) - 1) << UInt64(bit % 64)
            guard words[bit / 64] & mask == 0 else { return false }
            words[bit / 64] |= mask
            bit += length
        }
        return true
    }

    subscript(index: Int) -> Node {
        let offset = Int(bytes.u16(PageLayout.headerBytes + 2 * index))
        let flags = bytes.u16(offset + 4)
        let keyBytes = Int(bytes.u16(offset + 6))
        let size = bytes.u32(offset)
        let key = bytes.part(offset + PageLayout.nodeHeaderBytes, keyBytes)
        guard isLeaf else {
            return Node(
                flags: 0, key: key, data: UnsafeRawBufferPointer(start: nil, count: 0), valueBytes: 0,
                child: UInt64(size) | UInt64(flags) << 32)
        }
        let held = flags == PageLayout.NodeFlag.overflow ? 8 : Int(size)
        let data = bytes.part(offset + PageLayout.nodeHeaderBytes + keyBytes, held)
        return Node(flags: flags, key: key, data: data, valueBytes: Int(size), child: 0)
    }
}
