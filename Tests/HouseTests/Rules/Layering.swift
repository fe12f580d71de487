/// Which module may import which: DESIGN's house, floor by floor.
enum Layering {
    /// The modules of this project that each one may import. A target that is not named here may import none of them.
    static let below: [String: Set<String>] = [
        "LMDB": ["CLMDB", "CCRC32C"],
        "WeirStore": ["LMDB"],
        "Weir": ["WeirStore"],
        "WeirTopology": ["Weir", "WeirStore"],
        "WeirBroker": ["Weir", "WeirStore"],
        "WeirConnectors": ["WeirTopology", "WeirBroker", "Weir", "WeirStore"],
        "WeirTesting": ["WeirTopology", "WeirBroker", "Weir", "WeirStore"],
        "WeirCLI": ["WeirConnectors", "WeirTopology", "WeirBroker", "Weir", "WeirStore"],
    ]
    /// Examples are users: they see the products, all of them.
    static let products: Set<String> = ["WeirConnectors", "WeirTopology", "WeirBroker", "Weir", "WeirStore"]
    static let own = products.union(["CLMDB", "CCRC32C", "LMDB", "WeirTesting", "WeirCLI"])
    /// What a store needs none of, and what costs a process memory and start-up time.
    static let heavy: Set<String> = ["Foundation", "FoundationEssentials", "Logging", "Metrics"]
    static let light: Set<String> = ["LMDB", "WeirStore"]

    static func findings(path: String, text: String) -> [Finding] {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Examples" else { return [] }
        let target = parts[1]
        let allowed = parts[0] == "Examples" ? products : below[target] ?? []
        return imports(of: text).compactMap { line, module in
            if own.contains(module), !allowed.contains(module) {
                return Finding(path: path, line: line, complaint: "\(target) must not import \(module)")
            }
            if light.contains(target), heavy.contains(module) {
                return Finding(path: path, line: line, complaint: "\(target) stays without \(module)")
            }
            return nil
        }
    }

    /// The modules that a file imports, in whatever form, with their lines.
    static func imports(of text: String) -> [(line: Int, module: String)] {
        SwiftText(text).lines.enumerated().flatMap { number, line in
            line.code.split(separator: ";").compactMap { statement in
                let words = statement.split(whereSeparator: \.isWhitespace)
                guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                    words[..<at].allSatisfy({ $0.hasPrefix("@") || modifiers.contains(String($0)) })
                else { return nil }
                let kind = kinds.contains(String(words[at + 1])) && at + 2 < words.count ? 2 : 1
                return (number + 1, String(words[at + kind].prefix { $0 != "." }))
            }
        }
    }

    private static let modifiers: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
}
