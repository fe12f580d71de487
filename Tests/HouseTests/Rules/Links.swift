/// Pages that can be found, and links that lead somewhere.
enum Links {
    /// The relative targets of a page's links, as paths from the root of the repository, without their #anchor.
    static func targets(path: String, text: String) -> [(line: Int, target: String)] {
        let folder = path.split(separator: "/").dropLast().map(String.init)
        // The backticks that opened a block: only as many close it.
        var fence: Substring?
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return lines.enumerated().flatMap { number, line -> [(line: Int, target: String)] in
            let ticks = line.prefix { $0 == "`" }
            if let open = fence {
                if ticks.count >= open.count { fence = nil }
                return []
            }
            if ticks.count >= 3 { fence = ticks }
            return fence != nil ? [] : links(in: line).map { (number + 1, resolve($0, from: folder)) }
        }
    }

    static func unlinkedFindings(pages: [String: String]) -> [Finding] {
        var linked: Set<String> = []
        for (path, text) in pages { linked.formUnion(targets(path: path, text: text).map(\.target).filter { $0 != path }) }
        return pages.keys.filter { $0.hasPrefix("Docs/") && !linked.contains($0) }.sorted().map {
            Finding(path: $0, line: 1, complaint: "no other page links to this one")
        }
    }

    static func deadFindings(path: String, text: String, exists: (String) -> Bool) -> [Finding] {
        targets(path: path, text: text).filter { !exists($0.target) }.map {
            Finding(path: path, line: $0.line, complaint: "the link to \($0.target) leads nowhere")
        }
    }

    private static func links(in line: Substring) -> [String] {
        var rest = line
        var found: [String] = []
        while let open = rest.firstRange(of: "](") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstIndex(of: ")") else { break }
            let target = rest[..<close].prefix { $0 != "#" && $0 != " " }
            if !target.isEmpty, !target.contains(":") { found.append(String(target)) }
            rest = rest[close...]
        }
        return found
    }

    private static func resolve(_ target: String, from folder: [String]) -> String {
        var parts = folder
        for part in target.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }
}
