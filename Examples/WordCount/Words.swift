/// What a word is: a longest run of the bytes A-Z, a-z and ', with at least one letter and at most 255 bytes, in lower case. Every other byte,
/// those of letters outside of ASCII among them, stands between words. Runs that are longer are no words but data, and are not counted.
///
/// Byte by byte, so that `tr`, `sort` and `uniq` can check the counts: README.md has the line.
enum Words {
    static let longest = 255

    /// Calls `body` with each word of a line. `scratch` is room for the line in lower case, kept by the caller so that it is allocated once.
    ///
    /// Complexity: O(bytes), one pass.
    @inline(__always)
    static func forEach(in line: UnsafeRawBufferPointer, scratch: inout [UInt8], _ body: (RawSpan) -> Void) {
        if scratch.count < line.count { scratch = [UInt8](repeating: 0, count: max(line.count, 2 * scratch.count)) }
        scratch.withUnsafeMutableBytes { lower in
            var start = 0
            var letters = 0
            for index in 0...line.count {
                if index < line.count {
                    let byte = line[index]
                    let folded = byte | 0x20
                    if folded &- 0x61 < 26 {
                        lower[index] = folded
                        letters += 1
                        continue
                    }
                    if byte == 0x27 {
                        lower[index] = byte
                        continue
                    }
                }
                if letters > 0, index - start <= longest { body(UnsafeRawBufferPointer(rebasing: lower[start..<index]).bytes) }
                start = index + 1
                letters = 0
            }
        }
    }
}
