/// A Swift file, line by line, with what is code kept apart from what is comment. Text inside of string literals is dropped, so that a
/// rule may name what it forbids, and a bad sample may stand in a test.
struct SwiftText {
    struct Line: Equatable {
        var code = ""
        var comment = ""
        var isBlank: Bool { !code.contains { !$0.isWhitespace } && comment.isEmpty }
        /// Nothing but a comment for whoever reads the source (`//`, not `///`), and one that says something.
        var isRemark: Bool { !code.contains { !$0.isWhitespace } && !comment.hasPrefix("/") && comment.contains(where: \.isLetter) }
    }

    private(set) var lines: [Line] = [Line()]

    private enum Mode: Equatable {
        case code
        /// Inside of `\( )`: code, up to the parenthesis that closes it.
        case interpolation(depth: Int)
        case lineComment
        case blockComment(depth: Int)
        case string(hashes: Int, multiline: Bool)
    }

    init(_ text: String) {
        let characters = Array(text)
        var modes: [Mode] = [.code]
        var index = 0
        while index < characters.count {
            let mode = modes[modes.count - 1]
            if characters[index].isNewline {
                if mode == .lineComment || mode == .string(hashes: 0, multiline: false) { modes.removeLast() }
                lines.append(Line())
                index += 1
                continue
            }
            index += step(characters, index, mode, &modes)
        }
    }

    /// Takes what stands at `index` and says how many characters that were.
    private mutating func step(_ text: [Character], _ index: Int, _ mode: Mode, _ modes: inout [Mode]) -> Int {
        func stands(_ token: String, at place: Int) -> Bool { text[min(place, text.count)...].starts(with: token) }
        let character = text[index]
        switch mode {
        case .lineComment:
            lines[lines.count - 1].comment.append(character)
            return 1
        case .blockComment(let depth):
            if stands("/*", at: index) { modes[modes.count - 1] = .blockComment(depth: depth + 1) }
            if stands("*/", at: index) {
                if depth == 1 { modes.removeLast() } else { modes[modes.count - 1] = .blockComment(depth: depth - 1) }
            }
            lines[lines.count - 1].comment.append(character)
            return stands("/*", at: index) || stands("*/", at: index) ? 2 : 1
        case .string(let hashes, let multiline):
            let end = (multiline ? "\"\"\"" : "\"") + String(repeating: "#", count: hashes)
            let escape = "\\" + String(repeating: "#", count: hashes)
            if stands(end, at: index) {
                modes.removeLast()
                lines[lines.count - 1].code.append("\"")
                return end.count
            }
            if stands(escape + "(", at: index) {
                modes.append(.interpolation(depth: 1))
                return escape.count + 1
            }
            return stands(escape, at: index) ? min(escape.count + 1, text.count - index) : 1
        case .code, .interpolation:
            if stands("//", at: index) {
                modes.append(.lineComment)
                return 2
            }
            if stands("/*", at: index) {
                modes.append(.blockComment(depth: 1))
                return 2
            }
            let hashes = text[index...].prefix { $0 == "#" }.count
            if stands("\"", at: index + hashes) {
                let multiline = stands("\"\"\"", at: index + hashes)
                modes.append(.string(hashes: hashes, multiline: multiline))
                lines[lines.count - 1].code.append("\"")
                return hashes + (multiline ? 3 : 1)
            }
            if case .interpolation(let depth) = mode {
                let after = depth + (character == "(" ? 1 : character == ")" ? -1 : 0)
                if after == 0 {
                    modes.removeLast()
                    return 1
                }
                modes[modes.count - 1] = .interpolation(depth: after)
            }
            lines[lines.count - 1].code.append(character)
            return 1
        }
    }
}
