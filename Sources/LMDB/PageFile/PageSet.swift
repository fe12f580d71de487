/// A set of page numbers up to a last one: a bit for each.
struct PageSet {
    private var words: [UInt64]
    let lastPage: UInt64
    private(set) var count: UInt64 = 0

    init(lastPage: UInt64) {
        self.lastPage = lastPage
        words = [UInt64](repeating: 0, count: Int(lastPage / 64) + 1)
    }

    /// False when it was in already. The page is at most `lastPage`.
    mutating func insert(_ page: UInt64) -> Bool {
        let mask: UInt64 = 1 << (page % 64)
        guard words[Int(page / 64)] & mask == 0 else { return false }
        words[Int(page / 64)] |= mask
        count += 1
        return true
    }

    func contains(_ page: UInt64) -> Bool { words[Int(page / 64)] & (1 << (page % 64)) != 0 }

    /// The pages that are in both, or in neither: how many, and the first few. O(pages / 64).
    func compare(_ other: PageSet, both: Bool, upTo limit: Int) -> (count: UInt64, first: [UInt64]) {
        var count: UInt64 = 0
        var first: [UInt64] = []
        for index in words.indices {
            var word = both ? words[index] & other.words[index] : ~(words[index] | other.words[index])
            if index == words.count - 1, lastPage % 64 != 63 { word &= (1 << (lastPage % 64 + 1)) - 1 }
            count += UInt64(word.nonzeroBitCount)
            while word != 0, first.count < limit {
                first.append(UInt64(index) * 64 + UInt64(word.trailingZeroBitCount))
                word &= word - 1
            }
        }
        return (count, first)
    }
}
