import SystemPackage
import Weir

/// What is stored with a file's offset to know the file again: hashes of its head and of what lies just before the offset.
///
/// 22 bytes: [1: version][1: flags, bit 0: no newline before the offset][u16 head length][u64 hash][u16 tail length][u64 hash], little-endian.
/// It depends on bytes alone: a file that was copied, moved back or restored with the same content is the same file. An edit between head
/// and tail that keeps all positions is not seen: seeing it would need a read of everything before the offset at every start.
struct FileFingerprint: Equatable {
    static let version: UInt8 = 1
    static let size = 22
    static let headLimit: UInt64 = 4096
    static let tailLimit: UInt64 = 1024

    /// Whether the line before the offset was the file's last one and had no newline.
    let endsWithoutNewline: Bool
    let head: Part
    let tail: Part

    struct Part: Equatable {
        let length: UInt16
        let hash: UInt64

        init(length: UInt16, hash: UInt64) {
            self.length = length
            self.hash = hash
        }

        init(_ bytes: some Collection<UInt8>) {
            let bytes = Array(bytes)
            length = UInt16(bytes.count)
            hash = bytes.withUnsafeBytes { ByteHash.hash($0) }
        }
    }

    /// Of the file as it is now. `head` is that of an earlier call when it covered the whole head limit, so that it is read once.
    init(of file: OpenFile, upTo offset: UInt64, head known: Part? = nil) throws(FileError) {
        let tailBytes = try file.bytes(in: offset - min(offset, Self.tailLimit)..<offset)
        let headBytes = known == nil ? try file.bytes(in: 0..<min(offset, Self.headLimit)) : []
        guard tailBytes.count == Int(min(offset, Self.tailLimit)), known != nil || headBytes.count == Int(min(offset, Self.headLimit))
        else {
            throw .truncated(file.path, size: try file.size(), consumed: offset)
        }
        endsWithoutNewline = tailBytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
        head = known ?? Part(headBytes)
        tail = Part(tailBytes)
    }

    /// The head, if it will not change any more as the offset grows.
    var settledHead: Part? { head.length == Self.headLimit ? head : nil }

    var bytes: [UInt8] {
        var bytes: [UInt8] = [Self.version, endsWithoutNewline ? 1 : 0]
        for part in [head, tail] {
            withUnsafeBytes(of: part.length.littleEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: part.hash.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Of stored bytes; nil when they are none of this version's.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.size, bytes[0] == Self.version, bytes[1] <= 1 else { return nil }
        func part(at start: Int) -> Part {
            bytes.withUnsafeBytes {
                Part(
                    length: UInt16(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt16.self)),
                    hash: UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: start + 2, as: UInt64.self)))
            }
        }
        endsWithoutNewline = bytes[1] == 1
        head = part(at: 2)
        tail = part(at: 12)
    }
}
