import CLMDB
import Foundation
import Glibc
import Testing
import WeirTesting

@testable import LMDB

/// Files made by LMDB itself, through its own C interface, so that what is read does not depend on how Weir writes.
final class Fixture {
    struct Failure: Error, CustomStringConvertible {
        let code: Int32
        var description: String { String(cString: mdb_strerror(code)) }
    }

    let directory: String
    private(set) var environment: OpaquePointer?
    var path: String { directory + "/data.mdb" }

    init(mapBytes: Int = 256 << 20) throws {
        var template = Array((NSTemporaryDirectory() + "weir-pages-XXXXXX").utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        try check(mdb_env_create(&environment))
        try check(mdb_env_set_mapsize(environment, mapBytes))
        try check(mdb_env_set_maxdbs(environment, 64))
        try check(mdb_env_open(environment, directory, UInt32(MDB_NOSYNC | MDB_NOTLS), 0o600))
    }

    deinit {
        close()
        for name in ["data.mdb", "lock.mdb", "copy/data.mdb", "link"] { unlink(directory + "/" + name) }
        rmdir(directory + "/copy")
        rmdir(directory)
    }

    func close() {
        if let environment { mdb_env_close(environment) }
        environment = nil
    }

    func begin(_ flags: Int32 = 0, parent: OpaquePointer? = nil) throws -> OpaquePointer {
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(environment, parent, UInt32(flags), &transaction))
        return try #require(transaction)
    }

    func write(parent: OpaquePointer? = nil, commit: Bool = true, _ body: (OpaquePointer) throws -> Void) throws {
        let transaction = try begin(parent: parent)
        do { try body(transaction) } catch {
            mdb_txn_abort(transaction)
            throw error
        }
        if commit { try check(mdb_txn_commit(transaction)) } else { mdb_txn_abort(transaction) }
    }

    func database(_ name: String?, _ transaction: OpaquePointer, flags: Int32 = MDB_CREATE) throws -> MDB_dbi {
        var handle = MDB_dbi()
        try check(mdb_dbi_open(transaction, name, UInt32(flags), &handle))
        return handle
    }

    func put(_ key: [UInt8], _ value: [UInt8], _ database: MDB_dbi, _ transaction: OpaquePointer) throws {
        var (key, value) = (key, value)
        try key.withUnsafeMutableBytes { key in
            try value.withUnsafeMutableBytes { value in
                var (k, v) = (
                    MDB_val(mv_size: key.count, mv_data: key.baseAddress), MDB_val(mv_size: value.count, mv_data: value.baseAddress)
                )
                try check(mdb_put(transaction, database, &k, &v, 0))
            }
        }
    }

    func delete(_ key: [UInt8], _ database: MDB_dbi, _ transaction: OpaquePointer) throws {
        var key = key
        try key.withUnsafeMutableBytes { key in
            var k = MDB_val(mv_size: key.count, mv_data: key.baseAddress)
            try check(mdb_del(transaction, database, &k, nil))
        }
    }

    /// A copy without free pages, as `data.mdb` in a folder of its own.
    func copy(compacting: Bool) throws -> String {
        let folder = directory + "/copy"
        unlink(folder + "/data.mdb")
        mkdir(folder, 0o700)
        try check(mdb_env_copy2(environment, folder, compacting ? UInt32(MDB_CP_COMPACT) : 0))
        return folder + "/data.mdb"
    }

    func check(_ code: Int32) throws {
        if code != 0 { throw Failure(code: code) }
    }

    static func bytes(of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { Glibc.close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        try #require(count == bytes.count)
        return bytes
    }
}

extension SeededGenerator {
    /// Small letters.
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0x61...0x7A, using: &self) } }
}

/// What the file must hold: by database (nil: main), then key.
typealias Contents = [String?: [[UInt8]: [UInt8]]]

extension Fixture {
    /// Random puts, overwrites and deletes in three databases and the main one, with nested transactions, some of them undone.
    func churn(_ random: inout SeededGenerator, _ contents: inout Contents, operations: Int) throws {
        let names: [String?] = [nil, "counts", "journal", "wide"]
        try write { outer in
            for _ in 0..<3 {
                let commits = Int.random(in: 0..<4, using: &random) > 0
                var staged = contents
                try write(parent: outer, commit: commits) { transaction in
                    for _ in 0..<operations {
                        let name = names.randomElement(using: &random)!
                        let handle = try database(name, transaction)
                        let existing = staged[name, default: [:]]
                        if existing.count > 20, Int.random(in: 0..<100, using: &random) < 45 {
                            let key = existing.keys.sorted { $0.lexicographicallyPrecedes($1) }.randomElement(using: &random)!
                            try delete(key, handle, transaction)
                            staged[name]![key] = nil
                            continue
                        }
                        let key = random.bytes(Int.random(in: 1...(name == "wide" ? 200 : 20), using: &random))
                        let size = [8, 40, 300, 1900, 2100, 9000, 30000][min(6, random.next().trailingZeroBitCount)]
                        let value = random.bytes(Int.random(in: 0...size, using: &random))
                        try put(key, value, handle, transaction)
                        staged[name, default: [:]][key] = value
                    }
                }
                if commits { contents = staged }
            }
        }
    }
}

extension PageFile {
    /// A walk that also collects every record.
    func contents() throws -> (walk: PageWalk, contents: Contents) {
        var contents: Contents = [:]
        let walk = try walk(currentMeta) { contents[$0, default: [:]][Array($1)] = Array($2) }
        return (walk, contents)
    }
}
