import Foundation
import SystemPackage
import WeirStore

/// A new folder under the system's temporary one, removed afterwards.
func withTemporaryFolder<R>(_ body: (FilePath) throws -> R) throws -> R {
    let path = NSTemporaryDirectory() + "weir-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(FilePath(path))
}

/// A store in a new folder, closed and removed afterwards.
func withTemporaryStore<R>(
    _ configuration: StoreConfiguration = .init(durability: .processCrashOnly), _ body: (Store) throws -> R
) throws -> R {
    try withTemporaryFolder { folder in
        let store = try Store.open(at: folder.appending("store"), configuration: configuration)
        defer { store.close() }
        return try body(store)
    }
}

func readFile(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    return try file.closeAfter {
        let size = try file.seek(offset: 0, from: .end)
        return try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            count = try file.read(fromAbsoluteOffset: 0, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}

/// The file holds these bytes and no others; it is created where it is missing.
func replaceFile(_ path: FilePath, with bytes: [UInt8]) throws {
    let file = try FileDescriptor.open(path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
    _ = try file.closeAfter { try file.writeAll(bytes) }
}
