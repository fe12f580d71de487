import Foundation

/// What the shim recorded of a life: writes and flushes of one file, and what the program said, in order. The layout is in `CrashTests/Shim/recording.c`.
struct Recording: Sequence, IteratorProtocol {
    enum Entry {
        /// Bytes and where they belong; whether they are durable once the call has returned.
        case write(at: Int, Range<Int>, isFlushed: Bool)
        case flush
        case said(String)
    }

    struct Malformed: Error {}

    let bytes: [UInt8]
    private let name: String
    private var place = 0

    /// Entries of the file with this name.
    init(_ path: String, of name: String) throws {
        bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        self.name = name
    }

    private func word(_ offset: Int) -> Int {
        bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: place + offset, as: UInt32.self)) }
    }

    mutating func next() -> Entry? {
        while place + 24 <= bytes.count {
            let (kind, isFlushed, pathBytes, dataBytes) = (word(0), word(4) != 0, word(8), word(12))
            let number = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: place + 16, as: Int64.self)) }
            let path = place + 24..<place + 24 + pathBytes
            let data = path.upperBound..<path.upperBound + dataBytes
            // The last entry of a process that was killed may be cut off.
            guard data.upperBound <= bytes.count else { return nil }
            place = data.upperBound
            let isOurs = bytes[path].suffix(name.utf8.count).elementsEqual(name.utf8)
            switch kind {
            case 1 where isOurs: return .write(at: number, data, isFlushed: isFlushed)
            case 2 where isOurs: return .flush
            case 5: return .said(String(decoding: bytes[data], as: UTF8.self))
            default: continue
            }
        }
        return nil
    }
}
