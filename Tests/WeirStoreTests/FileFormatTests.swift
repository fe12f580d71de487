import Foundation
import SystemPackage
import Testing

@testable import WeirStore

/// Docs/FileFormat.md is what others read the file by: its example is what is written, and its list of tables is complete.
@Suite("The file format as it is described")
struct FileFormatTests {
    private let page: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        page = try String(contentsOf: root.appendingPathComponent("Docs/FileFormat.md"), encoding: .utf8)
    }

    @Test("the record of the example has the bytes that it shows")
    func record() {
        var room = [UInt8](repeating: 0, count: Record.headerBytes + 8)
        "weir".withStorageBytes { key in
            UInt64(3).withStorageBytes { value in
                room.withUnsafeMutableBytes { room in
                    let crc = Record.write(value, for: key, by: TransactionID(rawValue: 7), seed: Record.seed(table: 16), into: room)
                    room.storeBytes(of: crc.littleEndian, as: UInt32.self)
                }
            }
        }
        let shown = room.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined(separator: " ")
        #expect(page.contains("    \(shown)\n"), "\(shown)")
    }

    @Test("the marker is as it is shown")
    func marker() {
        let identity = (0..<16).map { UInt8($0 * 17) }
        let text = IdentityMarker(identity: identity, isComplete: true).text
        #expect(page.contains(text.split(separator: "\n").map { "    \($0)\n" }.joined()))
    }

    @Test("the system's own tables are there with their numbers")
    func tables() {
        for (name, number) in [SystemTable.head, SystemTable.catalog, SystemTable.tally, SystemTable.offsets] {
            #expect(page.contains("| `\(name)` | \(number) |"))
        }
        #expect(page.contains("numbered from \(SystemTable.firstUserNumber)"))
        #expect(page.contains("\(CommitLatency.buckets) counts"))
    }

    @Test("every storage name and every file is there")
    func names() {
        for name in [
            String.storageName, [UInt8].storageName, UInt32.storageName, UInt64.storageName, Int64.storageName, Double.storageName,
        ] {
            #expect(page.contains("`\(name)`"))
        }
        let folder = StoreFolder(path: "store")
        for file in [folder.data, folder.lock, folder.marker, folder.writer, folder.live] {
            #expect(page.contains("| `\(file.lastComponent?.string ?? "")`"))
        }
    }
}
