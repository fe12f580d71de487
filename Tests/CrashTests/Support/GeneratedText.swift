import Foundation
import WeirTesting

/// Text to count, in several files, and its counts by a way of counting that shares nothing with the program's.
struct GeneratedText {
    let files: [String]
    let counts: [String: Int]
    var bytes = 0

    /// About so many bytes in all. Words are drawn so that a few are frequent and many are rare. Lines end in every way that lines end, the
    /// first file's last one not at all; there are bytes that are no UTF-8, empty lines, and one long line.
    init(in folder: String, bytes total: Int, files fileCount: Int, vocabulary words: Int = 20_000, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let vocabulary = (0..<words).map { _ in
            String(
                (0..<Int.random(in: 1...11, using: &random)).map { _ in "abcdefghijklmnopqrstuvwxyz'".randomElement(using: &random) ?? "a" }
            )
        }
        let separators: [[UInt8]] = [[0x20], [0x20], [0x20], [0x2C, 0x20], [0x09], [0xC3, 0xA9], [0xFF], [0x00], [0x2D]]
        var counts: [String: Int] = [:]
        var paths: [String] = []
        var written = 0
        for file in 0..<fileCount {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(total / fileCount + 1000)
            while bytes.count < total / fileCount {
                for _ in 0..<Int.random(in: 0...(bytes.isEmpty ? 5000 : 20), using: &random) {
                    // The product of two uniform numbers leans to the front.
                    let index = Int(
                        Double.random(in: 0..<1, using: &random) * Double.random(in: 0..<1, using: &random) * Double(vocabulary.count))
                    let word = vocabulary[index]
                    if word.contains(where: { $0 != "'" }) { counts[word, default: 0] += 1 }
                    bytes += Bool.random(using: &random) ? Array(word.utf8) : Array(word.uppercased().utf8)
                    bytes += separators[Int.random(in: 0..<separators.count, using: &random)]
                }
                bytes += Int.random(in: 0..<4, using: &random) == 0 ? [0x0D, 0x0A] : [0x0A]
            }
            if file == 0 { bytes += Array("the last line".utf8) }
            let path = "\(folder)/\(file).txt"
            try Data(bytes).write(to: URL(filePath: path))
            paths.append(path)
            written += bytes.count
        }
        for word in ["the", "last", "line"] { counts[word, default: 0] += 1 }
        self.files = paths
        self.counts = counts
        self.bytes = written
    }

    /// What differs between the counts that a program wrote and the true ones, in a few words; nil if nothing does.
    func difference(from output: [String: Int], allowsMore: Bool = false, allowsFewer: Bool = false) -> String? {
        let wrong = Set(counts.keys).union(output.keys).filter {
            let (due, is_) = (counts[$0] ?? 0, output[$0] ?? 0)
            return is_ > due && !allowsMore || is_ < due && !allowsFewer
        }
        guard let example = wrong.min() else { return nil }
        return "\(wrong.count) of \(counts.count) words, such as \(example): \(output[example] ?? 0) in place of \(counts[example] ?? 0)"
    }

    /// Reads `word<TAB>count`, one a line, and checks that it is sorted bytewise.
    static func counts(from path: String) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        var before: [UInt8] = []
        for line in try String(contentsOf: URL(filePath: path), encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: "\t")
            guard parts.count == 2, let count = Int(parts[1]) else { throw CocoaError(.fileReadCorruptFile) }
            let word = Array(parts[0].utf8)
            guard before.lexicographicallyPrecedes(word) else { throw CocoaError(.formatting) }
            before = word
            counts[String(parts[0])] = count
        }
        return counts
    }
}
