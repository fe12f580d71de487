import SystemPackage

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
