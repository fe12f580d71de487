import Foundation
import SystemPackage

@testable import WeirConnectors

/// A folder for one test's files. Removed with it.
final class ScratchFolder {
    let path: FilePath

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "weir-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = FilePath(url.path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String = "a.txt") throws -> FilePath {
        let file = path.appending(name)
        try Data(bytes).write(to: URL(filePath: file.string))
        return file
    }

    @discardableResult
    func write(_ text: String, to name: String = "a.txt") throws -> FilePath { try write(Array(text.utf8), to: name) }

    func rename(_ file: FilePath, to other: FilePath) throws {
        try FileManager.default.removeItem(atPath: other.string)
        try FileManager.default.moveItem(atPath: file.string, toPath: other.string)
    }

    func append(_ text: String, to file: FilePath) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: file.string))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }
}

/// What a reader gave until it had no more, and where it stopped.
struct Reading: Equatable {
    var lines: [[UInt8]] = []
    var next: UInt64 = 0
    var waits = false

    var texts: [String] { lines.map { String(decoding: $0, as: UTF8.self) } }
}

extension LineReader {
    /// Reads at most so many lines.
    func readAll(_ most: Int = .max, from offset: UInt64 = 0) throws -> Reading {
        var reading = Reading(next: offset)
        while reading.lines.count < most {
            switch try next() {
            case .line(let line):
                reading.lines.append(Array(line.bytes))
                reading.next = line.next
            case .skip(let next): reading.next = next
            case .wait:
                reading.waits = true
                return reading
            case .end: return reading
            }
        }
        return reading
    }
}

extension FileError.Code {
    /// The code that the body fails with, if it does.
    static func thrown(by body: () throws -> Void) -> FileError.Code? {
        do { try body() } catch { return (error as? FileError)?.code }
        return nil
    }
}
