import SystemPackage
import Weir

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Which file is which partition. A partition's number is a hash of the file's absolute path without links, so that it stays the same
/// whatever other files are given beside it and in whatever order. A file that moves is another partition.
struct FilePartitions {
    /// In the order in which the files were given.
    let numbers: [UInt32]
    private let paths: [UInt32: FilePath]

    init(_ paths: [FilePath]) throws(FileError) {
        var numbers: [UInt32] = []
        var byNumber: [UInt32: (given: FilePath, resolved: FilePath)] = [:]
        for path in paths {
            let resolved = try Self.resolve(path)
            let number = Self.number(of: resolved)
            if let other = byNumber[number] {
                let what =
                    other.resolved == resolved
                    ? "\(other.given) and \(path) are the same file: give it once."
                    : "The partitions of \(other.given) and \(path) would have the same number: move one of the two files."
                throw FileError(.givenTwice, path, what)
            }
            byNumber[number] = (path, resolved)
            numbers.append(number)
        }
        self.numbers = numbers
        self.paths = byNumber.mapValues(\.given)
    }

    subscript(number: UInt32) -> FilePath? { paths[number] }

    static func number(of resolved: FilePath) -> UInt32 {
        let text = resolved.string
        let hash = Array(text.utf8).withUnsafeBytes { ByteHash.hash($0) }
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }

    private static func resolve(_ path: FilePath) throws(FileError) -> FilePath {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { throw .system(errno, path) }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }
}
