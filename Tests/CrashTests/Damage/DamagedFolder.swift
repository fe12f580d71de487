import Foundation
import SystemPackage
import WeirTesting

@testable import CrashSubject
@testable import LMDB

/// A store that can be damaged and made whole again, as often as wanted.
final class DamagedFolder {
    let path: FilePath
    /// The data file as it should be, and as it was after each earlier commit.
    let healthy: [UInt8]
    let older: [[UInt8]]
    private let files: [String: Data]
    /// The records after each commit, the newest last, so that a file which verifies can be compared with them.
    private let contents: [[Record: [UInt8]]]

    private struct Record: Hashable {
        let database: String?
        let key: [UInt8]
    }

    init(in folder: FilePath) throws {
        path = folder.appending("store")
        var stages: [[UInt8]] = []
        var contents: [[Record: [UInt8]]] = []
        let path = path
        try DamagedStore.make(at: path) {
            stages.append([UInt8](try Data(contentsOf: URL(filePath: path.appending("data.mdb").string))))
            contents.append(try Self.contents(path))
        }
        healthy = [UInt8](try Data(contentsOf: URL(filePath: path.appending("data.mdb").string)))
        older = stages.dropLast()
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path.string) {
            files[name] = try Data(contentsOf: URL(filePath: path.appending(name).string))
        }
        self.files = files
        self.contents = contents
    }

    /// Everything as it was.
    func heal() throws {
        let manager = FileManager.default
        try? manager.removeItem(atPath: path.string)
        try manager.createDirectory(atPath: path.string, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        for (name, data) in files { try write(data, name) }
    }

    func write(_ bytes: some DataProtocol, _ name: String) throws {
        let file = path.appending(name).string
        try Data(bytes).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    }

    /// Overwrites the data file in place.
    func write(data bytes: [UInt8]) throws {
        let file = try FileDescriptor.open(path.appending("data.mdb"), .writeOnly)
        try file.closeAfter {
            try file.resize(to: Int64(bytes.count))
            try file.writeAll(toAbsoluteOffset: 0, bytes)
        }
    }

    /// What records a data file holds that verifies.
    enum Verdict { case newest, earlier, neither }

    /// A meta page of an older time, whose pages were not used again since, is the store as a crash would have left it then: no bytes in the
    /// file tell otherwise. So it is told apart here.
    func verdict() throws -> Verdict {
        let found = try Self.contents(path)
        if found == contents.last { return .newest }
        return contents.contains(found) ? .earlier : .neither
    }

    private static func contents(_ path: FilePath) throws -> [Record: [UInt8]] {
        let file = try PageFile(path: path.appending("data.mdb").string)
        var contents: [Record: [UInt8]] = [:]
        _ = try file.walk(file.currentMeta) { contents[Record(database: $0, key: [UInt8]($1))] = [UInt8]($2) }
        return contents
    }
}
