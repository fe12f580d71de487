/// Where things lie and how long they are.
enum Layout {
    static let longest = 400
    static let topLevel: Set<String> = ["Package.swift", "Sources", "Tests", "Examples", "Docs", "README.md", "LICENSE", "LICENSE.md"]

    static func lengthFindings(path: String, text: String) -> [Finding] {
        let count = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count - (text.last?.isNewline == true ? 1 : 0)
        return count <= longest ? [] : [Finding(path: path, line: longest + 1, complaint: "\(count) lines: is this still one idea?")]
    }

    /// `ignored` are the lines of .gitignore: what a build or a run leaves behind is no part of the house.
    static func topLevelFindings(names: [String], ignored: [String]) -> [Finding] {
        let leftOver = Set(ignored.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
        return names.filter { !$0.hasPrefix(".") && !topLevel.contains($0) && !leftOver.contains($0) }.sorted().map {
            Finding(path: $0, line: 1, complaint: "not among the agreed names of the top level")
        }
    }

    /// Every folder of Sources, Tests and Examples is built: a folder that no target names looks alive and is not.
    static func targetFindings(paths: [String], manifest: String) -> [Finding] {
        let folders = Set(
            paths.filter { !$0.hasPrefix("Docs/") }.map { $0.split(separator: "/").prefix(2) }.filter { $0.count == 2 }.map {
                $0.joined(separator: "/")
            })
        return folders.sorted().filter { folder in
            let name = folder.split(separator: "/")[1]
            return !manifest.contains("name: \"\(name)\"") || folder.hasPrefix("Examples/") && !manifest.contains("path: \"\(folder)\"")
        }.map { Finding(path: $0, line: 1, complaint: "no target of Package.swift builds this folder") }
    }

    /// Every folder of Examples says what it shows.
    static func exampleFindings(paths: [String]) -> [Finding] {
        let examples = Set(
            paths.filter { $0.hasPrefix("Examples/") }.compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) })
        return examples.sorted().map { "Examples/\($0)/README.md" }.filter { !paths.contains($0) }.map {
            Finding(path: $0, line: 1, complaint: "an example without a README")
        }
    }
}
