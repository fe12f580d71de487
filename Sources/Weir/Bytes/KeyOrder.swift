/// Records in the order of their keys' bytes, sorted only as far as they are asked for.
///
/// Incremental quicksort (Paredes and Navarro): the first keys cost O(n), all of them O(n log n), and never all at once, so that a fold
/// round over a million keys does not stop its task. Entries carry the key's first eight bytes: most comparisons touch nothing else.
struct KeyOrder: ~Copyable {
    struct Entry {
        var prefix: UInt64
        var record: ByteRecordPointer

        @inline(__always)
        static func precedes(_ left: Entry, _ right: Entry) -> Bool {
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            return KeyOrder.precedes(left.record.key, right.record.key)
        }
    }

    private var entries: ContiguousArray<Entry>
    private var next = 0
    /// Entries before this are in order.
    private var sortedEnd = 0
    /// Each entry here is at its final place; everything before it is smaller, everything after it larger. The last is the nearest.
    private var fences: ContiguousArray<Int>
    private var random: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(_ entries: consuming ContiguousArray<Entry> = []) {
        fences = [entries.count]
        self.entries = entries
    }

    var left: Int { entries.count - next }

    /// The smallest key not yet taken. O(log n) amortized, O(n) for the first.
    mutating func take() -> ByteRecordPointer? {
        guard next < entries.count else { return nil }
        if next >= sortedEnd { sortMore() }
        next += 1
        return entries[next - 1].record
    }

    /// Gives the storage back, empty, to be filled again.
    consuming func reclaim() -> ContiguousArray<Entry> {
        var storage = entries
        entries = []
        storage.removeAll(keepingCapacity: true)
        return storage
    }

    private mutating func sortMore() {
        while let fence = fences.last {
            if fence == next, fence < entries.count {
                fences.removeLast()
                sortedEnd = next + 1
                return
            }
            if fence - next <= 24 {
                insertionSort(next, fence)
                sortedEnd = fence
                // The closing fence is no entry and stays.
                if fence < entries.count {
                    fences.removeLast()
                    sortedEnd = fence + 1
                }
                return
            }
            fences.append(partition(next, fence))
        }
    }

    private mutating func insertionSort(_ low: Int, _ high: Int) {
        entries.withUnsafeMutableBufferPointer { entries in
            var index = low + 1
            while index < high {
                let entry = entries[index]
                var hole = index
                while hole > low, Entry.precedes(entry, entries[hole - 1]) {
                    entries[hole] = entries[hole - 1]
                    hole -= 1
                }
                entries[hole] = entry
                index += 1
            }
        }
    }

    /// Hoare's partition around a random median of three; returns the pivot's final place.
    private mutating func partition(_ low: Int, _ high: Int) -> Int {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let span = UInt64(high - low)
        let picks = (Int(random >> 33 % span), Int((random >> 13) % span), Int((random >> 43) % span))
        return entries.withUnsafeMutableBufferPointer { entries in
            let median = Self.median(low + picks.0, low + picks.1, low + picks.2, entries)
            entries.swapAt(low, median)
            let pivot = entries[low]
            var left = low + 1
            var right = high - 1
            while true {
                while left <= right, Entry.precedes(entries[left], pivot) { left += 1 }
                while left <= right, Entry.precedes(pivot, entries[right]) { right -= 1 }
                if left >= right { break }
                entries.swapAt(left, right)
                left += 1
                right -= 1
            }
            entries.swapAt(low, right)
            return right
        }
    }

    private static func median(_ a: Int, _ b: Int, _ c: Int, _ entries: UnsafeMutableBufferPointer<Entry>) -> Int {
        let ab = Entry.precedes(entries[a], entries[b])
        let bc = Entry.precedes(entries[b], entries[c])
        if ab == bc { return b }
        return Entry.precedes(entries[a], entries[c]) == ab ? c : a
    }

    /// Bytes compared as unsigned, a prefix first: LMDB's order.
    static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let count = min(left.count, right.count)
        var offset = 0
        while offset < count {
            if left[offset] != right[offset] { return left[offset] < right[offset] }
            offset += 1
        }
        return left.count < right.count
    }
}
