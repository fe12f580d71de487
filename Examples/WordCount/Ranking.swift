/// The words with the highest counts, of any number of words in bounded memory.
struct Ranking {
    struct Entry: Equatable {
        let word: String
        let count: UInt64
    }

    let limit: Int
    /// The highest first; equal counts in the order of the words.
    private(set) var entries: [Entry] = []

    init(limit: Int) { self.limit = limit }

    /// Takes a word's count in. Complexity: O(log limit) for those that do not rank, O(limit) for those that do.
    mutating func add(_ word: UnsafeRawBufferPointer, _ count: UInt64) {
        guard limit > 0 else { return }
        if entries.count == limit, let last = entries.last, last.count > count { return }
        let entry = Entry(word: String(decoding: word, as: UTF8.self), count: count)
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if Self.ranks(entries[middle], before: entry) { low = middle + 1 } else { high = middle }
        }
        guard low < limit else { return }
        entries.insert(entry, at: low)
        if entries.count > limit { entries.removeLast() }
    }

    private static func ranks(_ a: Entry, before b: Entry) -> Bool {
        a.count != b.count ? a.count > b.count : a.word.utf8.lexicographicallyPrecedes(b.word.utf8)
    }
}
