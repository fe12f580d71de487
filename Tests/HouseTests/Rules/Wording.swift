/// What a Swift file may not say, and what it must say beside what it does say.
enum Wording {
    /// In code: what turns an error of a user or a disk into a crash.
    static let crashes = ["try!", "fatalError("]
    /// Anywhere: work that was left for later.
    static let unfinished = ["TODO", "FIXME", "XXX"]
    /// What switches a check of the compiler off. Each has its reason on the line before it.
    static let unchecked = ["@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast"]

    /// In the product: what bites in LMDB, whatever one does about it.
    static let biting = ["MDB_DUPSORT", "MDB_WRITEMAP", "MDB_NOLOCK", "mdb_drop("]

    static func bitingFindings(path: String, text: String) -> [Finding] {
        guard path.hasPrefix("Sources/") else { return [] }
        return each(path, text) { line, _ in
            biting.filter(line.code.contains).map { "\($0) is never used: see Docs/Testing.md, LMDB's hazards" }
        }
    }

    static func crashFindings(path: String, text: String) -> [Finding] {
        each(path, text) { line, _ in crashes.filter(line.code.contains).map { "\($0) crashes where an error is due" } }
    }

    static func unfinishedFindings(path: String, text: String) -> [Finding] {
        each(path, text) { line, _ in
            let words = (line.code + " " + line.comment).split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
            return unfinished.filter(words.contains).map { "\($0): finish it, or open an issue" }
        }
    }

    /// A test that is switched off is worse than none: it looks as if it guarded something.
    static func disabledFindings(path: String, text: String) -> [Finding] {
        each(path, text) { line, _ in line.code.contains(".disabled(") ? ["a test that never runs: mend it or remove it"] : [] }
    }

    static func reasonFindings(path: String, text: String) -> [Finding] {
        each(path, text) { line, before in
            before?.isRemark == true ? [] : unchecked.filter(line.code.contains).map { "\($0) without its reason on the line before" }
        }
    }

    private static func each(
        _ path: String, _ text: String, _ complaints: (SwiftText.Line, _ before: SwiftText.Line?) -> [String]
    ) -> [Finding] {
        let lines = SwiftText(text).lines
        return lines.indices.flatMap { index in
            complaints(lines[index], index > 0 ? lines[index - 1] : nil).map { Finding(path: path, line: index + 1, complaint: $0) }
        }
    }
}
