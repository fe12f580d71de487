import SystemPackage

/// The file `weir.identity` beside the data: says that the folder is a store, of which format, and which one.
///
/// LMDB takes an empty or missing data file for a new database. With the marker, a store that has lost its file is told from one that is being made.
struct IdentityMarker: Equatable, Sendable {
    static let format = 1

    var identity: [UInt8]
    /// Whether the first durable commit was made. Before it, whatever data file there is may be thrown away.
    var isComplete: Bool

    var text: String {
        let id = identity.withUnsafeBytes { hexadecimal($0) }
        return "weir store\nformat \(Self.format)\nidentity \(id)\nstate \(isComplete ? "complete" : "creating")\n"
    }

    static func new() -> IdentityMarker {
        var random = SystemRandomNumberGenerator()
        return IdentityMarker(identity: (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }, isComplete: false)
    }

    /// Reads what `text` writes. Throws `.formatVersion` for another format, `.notAStore` for anything else.
    static func parse(_ bytes: [UInt8], at path: FilePath) throws(StoreError) -> IdentityMarker {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, lines[0] == "weir store", lines[1].hasPrefix("format ") else {
            throw StoreError(.notAStore, "\(path) is not the marker of a Weir store: give the path of a store's folder.")
        }
        let found = lines[1].dropFirst("format ".count)
        guard found == "\(format)" else {
            throw StoreError(
                .formatVersion,
                "The store at \(path.removingLastComponent()) has format \(found.prefix(20)), this program reads format \(format): use the version of Weir that wrote it."
            )
        }
        guard lines.count >= 4, let identity = decodeHexadecimal(lines[2], after: "identity "), identity.count == 16,
            lines[3] == "state complete" || lines[3] == "state creating"
        else { throw StoreError(.corrupt, "\(path) is damaged (\(bytes.count) bytes): restore a backup.") }
        return IdentityMarker(identity: identity, isComplete: lines[3] == "state complete")
    }

    static func read(_ folder: StoreFolder) throws(StoreError) -> IdentityMarker? {
        guard let bytes = try SmallFile.read(folder.marker, limit: 4096) else { return nil }
        return try parse(bytes, at: folder.marker)
    }

    func write(_ folder: StoreFolder) throws(StoreError) {
        try SmallFile.replace(folder.marker, with: Array(text.utf8))
    }

    private static func decodeHexadecimal(_ line: Substring, after prefix: String) -> [UInt8]? {
        guard line.hasPrefix(prefix) else { return nil }
        let digits = Array(line.dropFirst(prefix.count).utf8)
        // What reads a number would take a sign for a digit.
        guard digits.count == 32, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        var bytes: [UInt8] = []
        for i in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[i..<i + 2], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}

/// Whole small files.
enum SmallFile {
    /// At most `limit` bytes of the file; nil where there is none.
    static func read(_ path: FilePath, limit: Int) throws(StoreError) -> [UInt8]? {
        guard try SystemFiles.facts(of: path) != nil else { return nil }
        return try calling("read \(path)") {
            let file = try SystemFiles.open(path, .readOnly, options: [.noFollow])
            return try file.closeAfter { try SystemFiles.read(file, limit: limit) }
        }
    }

    /// Writes the file anew, durably: after a crash it holds either the old bytes or the new ones.
    static func replace(_ path: FilePath, with bytes: [UInt8]) throws(StoreError) {
        let draft = FilePath("\(path).new")
        try calling("write \(draft)") {
            let file = try SystemFiles.open(draft, .writeOnly, options: [.create, .truncate, .noFollow], permissions: [.ownerReadWrite])
            try file.closeAfter {
                try SystemFiles.write(bytes, to: file)
                try SystemFiles.flush(file.rawValue, draft)
            }
        }
        try SystemFiles.rename(draft, to: path)
        try SystemFiles.flushFolder(path.removingLastComponent())
    }
}
