import Foundation
import SystemPackage
import WeirTesting

@testable import LMDB
@testable import WeirStore

extension FuzzTarget {
    static let pageFile: [FuzzTarget] = [pageFileBytes, pageFilePatched]

    /// A whole file, whatever it is.
    private static let pageFileBytes = FuzzTarget(name: "page-file", seeds: { [[], Array(PatchedFile.shared.healthy.prefix(8192))] }) {
        bytes in
        try PatchedFile.shared.examine(bytes)
    }

    /// A sound file with changes: each `[offset u24][value u8]`. So more is reached than the meta pages' checks.
    private static let pageFilePatched = FuzzTarget(
        name: "page-file-patched", seeds: { [[0, 0, 0, 0], [0x10, 0x20, 0, 4, 0, 0x30, 0, 7]] }
    ) { bytes in
        var file = PatchedFile.shared.healthy
        for start in stride(from: 0, to: bytes.count - 3, by: 4) {
            let offset = Int(bytes[start]) | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2]) << 16
            file[offset % file.count] = bytes[start + 3]
        }
        let isSame = file == PatchedFile.shared.healthy
        let sound = try file.withUnsafeBytes { try PatchedFile.shared.examine($0) }
        try FuzzFailure.require(sound || !isSame, "the sound file is found damaged")
    }
}

/// A small store's data file, and a nameless file to put its like into.
// Sendable: nothing changes it but the file that the descriptor names, and whoever uses that holds the lock.
final class PatchedFile: @unchecked Sendable {
    static let shared: PatchedFile = {
        do { return try PatchedFile() } catch { preconditionFailure("No store could be made to fuzz: \(error)") }
    }()

    let healthy: [UInt8]
    private let records: Int
    private let descriptor: FileDescriptor
    private let lock = NSLock()

    private init() throws {
        var template = Array((NSTemporaryDirectory() + "weir-fuzz-XXXXXX").utf8CString)
        descriptor = FileDescriptor(rawValue: mkstemp(&template))
        unlink(template)
        (healthy, records) = try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly, maximumSize: 1 << 24))
            let table = try store.table("t", key: UInt64.self, value: [UInt8].self)
            for round in 0..<3 as Range<UInt64> {
                try store.write { transaction in
                    for key in 0..<40 as Range<UInt64> {
                        try transaction.put([UInt8](repeating: UInt8(round), count: key == 7 ? 9000 : 90), for: key, in: table)
                    }
                }
            }
            store.close()
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: path.appending("data.mdb").string)))
            let file = try PageFile(path: path.appending("data.mdb").string)
            var records = 0
            _ = try file.walk(file.currentMeta) { _, _, _ in records += 1 }
            return (bytes, records)
        }
    }

    /// Opens, checks and walks; whether it found nothing wrong. Any error but the reader's own comes out.
    @discardableResult
    func examine(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        try lock.withLock {
            try descriptor.resize(to: Int64(bytes.count))
            try descriptor.writeAll(toAbsoluteOffset: 0, bytes)
            do {
                let file = try PageFile(descriptor: descriptor.rawValue)
                try file.checkSize(file.currentMeta)
                var visited = 0
                let walk = try file.walk(file.currentMeta, limits: .init(valueBytes: 1 << 20)) { _, key, _ in
                    visited += 1
                    try FuzzFailure.require((1...511).contains(key.count), "a key of \(key.count) bytes")
                }
                // Each record takes a node of 16 bytes at least.
                try FuzzFailure.require(visited <= bytes.count / 16, "\(visited) records in \(bytes.count) bytes")
                return walk.isIntact && file.metaDamage.isEmpty
            } catch let error as PageFileError {
                try FuzzFailure.require(!"\(error)".isEmpty, "an error without a word")
                return false
            }
        }
    }
}
