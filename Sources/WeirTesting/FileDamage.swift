/// What disks, file systems and people do to a data file: one random change of its bytes, of a kind that is named.
///
/// For this package's own tests; it knows LMDB's pages of 4 KiB, so that damage also hits where the structure is.
package struct FileDamage: Sendable, CustomStringConvertible {
    /// The kinds of damage.
    package enum Kind: String, CaseIterable, Sendable {
        /// One to eight bits anywhere.
        case flippedBits
        /// A byte among the first of a page: header, pointers, the newest node.
        case changedStructure
        /// A field of a page's header, of a node or of a meta page, set to an extreme.
        case extremeField
        /// One to sixteen sectors of zeros, or of ones.
        case blankedSectors
        /// Two pages in each other's place.
        case swappedPages
        /// A page written to another one's place as well.
        case doubledPage
        /// A page as it was at an older time.
        case stalePage
        /// A sector as it was at an older time: a page that was written in part.
        case staleSector
        /// The meta pages damaged, exchanged, or of an older time.
        case metaPages
        /// The end cut off.
        case truncated
        /// Bytes after the end.
        case extended
    }

    package let kind: Kind
    /// Where, and what exactly.
    package let detail: String
    package var description: String { "\(kind.rawValue): \(detail)" }

    private static let page = 4096
    private static let sector = 512
    private static let extremes: [UInt64] = [
        0, 1, 2, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, .max, .max >> 1, 1 << 63, 4096, 4095,
    ]

    /// Damages `bytes`, a whole file. `older` are the same file at older times.
    package static func inflict(
        _ kind: Kind, on bytes: inout [UInt8], older: [[UInt8]], using random: inout SeededGenerator
    ) -> FileDamage {
        let pages = bytes.count / page
        let place = Int.random(in: 0..<pages, using: &random) * page
        switch kind {
        case .flippedBits:
            let places = (0..<Int.random(in: 1...8, using: &random)).map { _ in Int.random(in: 0..<bytes.count, using: &random) }
            for place in places { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            return FileDamage(kind: kind, detail: "at \(places)")
        case .changedStructure:
            let offset = place + Int.random(in: 0..<64, using: &random)
            bytes[offset] ^= UInt8.random(in: 1...255, using: &random)
            return FileDamage(kind: kind, detail: "byte \(offset)")
        case .extremeField: return extremeField(&bytes, place, &random)
        case .blankedSectors:
            let start = Int.random(in: 0..<bytes.count / sector, using: &random) * sector
            let end = min(bytes.count, start + sector * Int.random(in: 1...16, using: &random))
            let value: UInt8 = Bool.random(using: &random) ? 0 : 0xFF
            for index in start..<end { bytes[index] = value }
            return FileDamage(kind: kind, detail: "\(start)..<\(end) with \(value)")
        case .swappedPages:
            let other = Int.random(in: 0..<pages, using: &random) * page
            for index in 0..<page { bytes.swapAt(place + index, other + index) }
            return FileDamage(kind: kind, detail: "\(place / page) and \(other / page)")
        case .doubledPage:
            let other = Int.random(in: 0..<pages, using: &random) * page
            for index in 0..<page { bytes[other + index] = bytes[place + index] }
            return FileDamage(kind: kind, detail: "\(place / page) over \(other / page)")
        case .stalePage, .staleSector:
            let size = kind == .stalePage ? page : sector
            // One that is another than today, where there is one within reach.
            for _ in 0..<50 {
                guard let old = older.randomElement(using: &random) else { break }
                let start = Int.random(in: 0..<min(old.count, bytes.count) / size, using: &random) * size
                guard old[start..<start + size] != bytes[start..<start + size] else { continue }
                bytes.replaceSubrange(start..<start + size, with: old[start..<start + size])
                return FileDamage(kind: kind, detail: "\(start)..<\(start + size)")
            }
            return FileDamage(kind: kind, detail: "none was another")
        case .metaPages: return metaPages(&bytes, older, &random)
        case .truncated:
            let cut = Int.random(in: 0..<bytes.count, using: &random)
            let end = Bool.random(using: &random) ? cut : cut / page * page
            bytes.removeSubrange(end...)
            return FileDamage(kind: kind, detail: "to \(end) bytes")
        case .extended:
            let more = Int.random(in: 1...3 * page, using: &random)
            let value = UInt8.random(in: 0...255, using: &random)
            bytes.append(contentsOf: repeatElement(value, count: more))
            return FileDamage(kind: kind, detail: "by \(more) bytes of \(value)")
        }
    }

    /// Damage of a kind that is drawn.
    package static func inflict(on bytes: inout [UInt8], older: [[UInt8]] = [], using random: inout SeededGenerator) -> FileDamage {
        let kinds = Kind.allCases.filter { !older.isEmpty || ($0 != .stalePage && $0 != .staleSector) }
        return inflict(kinds.randomElement(using: &random) ?? .flippedBits, on: &bytes, older: older, using: &random)
    }

    private static func extremeField(_ bytes: inout [UInt8], _ place: Int, _ random: inout SeededGenerator) -> FileDamage {
        // Page number, flags, bounds, overflow pages; pointers; then a node's sizes, flags, key and what follows it.
        var (offset, size) = [(0, 8), (10, 2), (12, 2), (14, 2), (12, 4), (16, 2), (18, 2)].randomElement(using: &random) ?? (0, 8)
        if Bool.random(using: &random) {
            let slots = max(1, (Int(bytes[place + 12]) + Int(bytes[place + 13]) << 8 - 16) / 2)
            let pointer = min(place + page - 2, place + 16 + 2 * Int.random(in: 0..<slots, using: &random))
            let node = Int(bytes[pointer]) + Int(bytes[pointer + 1]) << 8
            (offset, size) = [(0, 2), (0, 4), (2, 2), (4, 2), (6, 2), (8, 8)].randomElement(using: &random) ?? (0, 2)
            offset += min(node, page - 16)
        }
        let value = extremes.randomElement(using: &random) ?? 0
        set(&bytes, place + offset, value, size)
        return FileDamage(kind: .extremeField, detail: "\(size) bytes at \(place + offset) to \(value)")
    }

    private static func metaPages(_ bytes: inout [UInt8], _ older: [[UInt8]], _ random: inout SeededGenerator) -> FileDamage {
        let slot = Int.random(in: 0...1, using: &random) * page
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let (offset, size) = (Int.random(in: 0..<38, using: &random) * 4, Bool.random(using: &random) ? 4 : 8)
            let value = extremes.randomElement(using: &random) ?? 0
            set(&bytes, slot + offset, value, size)
            return FileDamage(kind: .metaPages, detail: "\(size) bytes at \(slot + offset) to \(value)")
        case 1:
            let offset = slot + Int.random(in: 0..<152, using: &random)
            bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            return FileDamage(kind: .metaPages, detail: "a bit of byte \(offset)")
        case 2:
            for index in 0..<page { bytes.swapAt(index, page + index) }
            return FileDamage(kind: .metaPages, detail: "exchanged")
        default:
            guard let old = older.randomElement(using: &random), old.count >= 2 * page else {
                for index in slot..<slot + page { bytes[index] = 0 }
                return FileDamage(kind: .metaPages, detail: "\(slot / page) blanked")
            }
            let range = Bool.random(using: &random) ? slot..<slot + page : 0..<2 * page
            bytes.replaceSubrange(range, with: old[range])
            return FileDamage(kind: .metaPages, detail: "\(range) as of an older time")
        }
    }

    private static func set(_ bytes: inout [UInt8], _ offset: Int, _ value: UInt64, _ size: Int) {
        for index in 0..<size where offset + index < bytes.count {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }
}
