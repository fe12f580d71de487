import Foundation
import LMDB
import SystemPackage
import WeirStore

/// Says which commit a data file shows, if it shows one: by everything that is in it, transaction ID included.
struct CrashJudge {
    enum Verdict: Equatable {
        case commit(Int)
        case damaged(String)
        /// It can be read and is none of the commits that were made.
        case unknown
    }

    private var commits: [Int: Int] = [:]

    /// The file on this descriptor shows the next commit. Its number, from 0.
    mutating func add(_ descriptor: Int32) throws -> Int {
        guard let contents = try Self.contents(descriptor).contents else { throw CrashDisk.Failure() }
        commits[contents] = commits.count
        return commits.count - 1
    }

    func verdict(_ descriptor: Int32) -> Verdict {
        do {
            let (contents, damage) = try Self.contents(descriptor)
            guard let contents else { return .damaged(damage) }
            return commits[contents].map { .commit($0) } ?? .unknown
        } catch { return .damaged("\(error)") }
    }

    /// A digest of every record of every table, nil where a page of them is damaged.
    private static func contents(_ descriptor: Int32) throws -> (contents: Int?, damage: String) {
        let file = try PageFile(descriptor: descriptor)
        var hasher = Hasher()
        try file.checkSize(file.currentMeta)
        let walk = try file.walk(file.currentMeta) { table, key, value in
            hasher.combine(table)
            hasher.combine(bytes: key)
            hasher.combine(bytes: value)
        }
        return walk.isIntact ? (hasher.finalize(), "") : (nil, "\(walk.damage[0])")
    }
}

/// Opens a state as a program would, in a folder of its own, and has the whole model checked.
struct CrashOpening {
    let folder: String
    let marker: Data
    let seed: UInt64

    func problems(_ descriptor: Int32, acknowledged: UInt64, begun: UInt64) throws -> [String] {
        let store = folder + "/opened"
        try? FileManager.default.removeItem(atPath: store)
        try FileManager.default.createDirectory(
            atPath: store, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: store) }
        let owned: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        let data = try Data(contentsOf: URL(filePath: "/proc/self/fd/\(descriptor)"))
        guard FileManager.default.createFile(atPath: store + "/data.mdb", contents: data, attributes: owned),
            FileManager.default.createFile(atPath: store + "/weir.identity", contents: marker, attributes: owned)
        else { throw CrashDisk.Failure() }
        return try ModelCheck(path: FilePath(store), seed: seed, acknowledged: acknowledged, begun: begun).problems()
    }
}
