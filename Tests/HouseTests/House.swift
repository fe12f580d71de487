import Foundation

/// The repository, read as text.
struct House {
    let root: URL
    /// Path from the root -> text, of every Swift, C and Markdown file that belongs to the house.
    let files: [String: String]
    let names: [String]
    let ignored: [String]

    init() throws {
        root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        names = try FileManager.default.contentsOfDirectory(atPath: root.path)
        ignored = try String(contentsOf: root.appending(path: ".gitignore"), encoding: .utf8).split(separator: "\n").map(String.init)
        var files: [String: String] = [:]
        for name in ["Package.swift", "README.md"] {
            if let text = try? String(contentsOf: root.appending(path: name), encoding: .utf8) { files[name] = text }
        }
        for folder in ["Sources", "Tests", "Examples", "Docs"] {
            guard let paths = FileManager.default.enumerator(atPath: root.appending(path: folder).path) else { continue }
            for case let path as String in paths where ["swift", "c", "h", "md"].contains((path as NSString).pathExtension) {
                files["\(folder)/\(path)"] = try String(contentsOf: root.appending(path: "\(folder)/\(path)"), encoding: .utf8)
            }
        }
        self.files = files
    }

    func files(_ suffixes: String...) -> [(path: String, text: String)] {
        files.filter { file in suffixes.contains { file.key.hasSuffix($0) } }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appending(path: path).path) }
}
