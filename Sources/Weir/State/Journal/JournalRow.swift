import WeirStore

/// What each chunk of a journal row begins with; the row's entries follow, cut anywhere.
///
/// Bytes: version (u8, 1), 3 zero bytes, chunk within the row (u32), chunks of the row (u32), bytes of the row's entries (u32),
/// incarnation (u64), sequence (u64); all little-endian. Each opening of the journal for writing begins an incarnation and appends an
/// empty row with sequence 0; each commit of it counts on. So a lost row is seen, and a commit of an incarnation that has been
/// replaced.
struct JournalRowHeader: Equatable {
    static let bytes = 32
    static let version: UInt8 = 1

    var chunk: UInt32
    var chunks: UInt32
    var length: UInt32
    var incarnation: UInt64
    var sequence: UInt64

    func write(to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: UInt32(Self.version).littleEndian, as: UInt32.self)
        target.storeBytes(of: chunk.littleEndian, toByteOffset: 4, as: UInt32.self)
        target.storeBytes(of: chunks.littleEndian, toByteOffset: 8, as: UInt32.self)
        target.storeBytes(of: length.littleEndian, toByteOffset: 12, as: UInt32.self)
        target.storeBytes(of: incarnation.littleEndian, toByteOffset: 16, as: UInt64.self)
        target.storeBytes(of: sequence.littleEndian, toByteOffset: 24, as: UInt64.self)
    }
}

extension JournalRowHeader {
    init(_ bytes: UnsafeRawBufferPointer) throws(StateError) {
        guard bytes.count >= Self.bytes else {
            throw .corrupt("A chunk of the state journal has \(bytes.count) bytes; its header alone has \(Self.bytes).")
        }
        func word(_ offset: Int) -> UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        func long(_ offset: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        guard word(0) == UInt32(Self.version) else {
            throw StateError(
                .corrupt,
                "A chunk of the state journal is of format \(bytes[0]), not of format \(Self.version): use the version that wrote it."
            )
        }
        self.init(chunk: word(4), chunks: word(8), length: word(12), incarnation: long(16), sequence: long(24))
        guard chunks > 0, chunk < chunks else { throw .corrupt("A chunk of the state journal calls itself number \(chunk) of \(chunks).") }
    }
}

/// The keys of one topology's rows.
struct JournalKeys: Sendable {
    let prefix: [UInt8]
    static let tailBytes = 12

    init(topology: String) { prefix = Pair<String, Pair<UInt64, UInt32>>.prefix(topology) }

    func withKey<R>(_ id: UInt64, _ chunk: UInt32, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeTemporaryAllocation(byteCount: prefix.count + Self.tailBytes, alignment: 8) { key in
            key.copyBytes(from: prefix)
            key.storeBytes(of: id.bigEndian, toByteOffset: prefix.count, as: UInt64.self)
            key.storeBytes(of: chunk.bigEndian, toByteOffset: prefix.count + 8, as: UInt32.self)
            return try body(UnsafeRawBufferPointer(key))
        }
    }

    /// Transaction ID and chunk number, nil for a key of another topology.
    func parse(_ key: UnsafeRawBufferPointer) -> (id: UInt64, chunk: UInt32)? {
        guard key.count == prefix.count + Self.tailBytes, key.starts(with: prefix) else { return nil }
        return (
            UInt64(bigEndian: key.loadUnaligned(fromByteOffset: prefix.count, as: UInt64.self)),
            UInt32(bigEndian: key.loadUnaligned(fromByteOffset: prefix.count + 8, as: UInt32.self))
        )
    }
}
