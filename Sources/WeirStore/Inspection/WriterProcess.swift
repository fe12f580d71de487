public import SystemPackage

extension Store {
    /// The process that holds the store at `path` for writing; nil when there is none.
    ///
    /// Touches no lock: even taking it for an instant could turn a writer away. Linux lists all locks; elsewhere the last writer is named, whether or
    /// not it still runs.
    public static func writerProcess(at path: FilePath) throws(StoreError) -> Int32? {
        let file = StoreFolder(path: path).writer
        guard let facts = try SystemFiles.facts(of: file), let bytes = try SmallFile.read(file, limit: 32),
            let holder = Int32(String(decoding: bytes, as: UTF8.self).filter(\.isNumber))
        else { return nil }
        return isLocked(facts) ? holder : nil
    }

    /// A line of the list is `1: FLOCK  ADVISORY  WRITE 4711 08:01:393229 0 EOF`; the last number of the triple is the inode.
    private static func isLocked(_ facts: SystemFiles.Facts) -> Bool {
        guard let list = try? systemList("/proc/locks") else { return true }
        return String(decoding: list, as: UTF8.self).split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.contains("FLOCK") && words.contains("WRITE") && words.contains { $0.hasSuffix(":\(facts.inode)") }
        }
    }

    /// A file that the system makes up has no size, and comes in pieces.
    private static func systemList(_ path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
        return try file.closeAfter {
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 16 << 10)
            while all.count < 4 << 20 {
                let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
                guard count > 0 else { break }
                all.append(contentsOf: piece[..<count])
            }
            return all
        }
    }
}
