import Foundation
import SystemPackage
import WeirTesting

@testable import CrashSubject

/// Damage to a store's folder: what files there are, what they are, and who may write to them.
enum FolderDamage: String, CaseIterable {
    case noData, emptyData, foreignData, otherStoresData, dataIsFolder, dataIsLink, dataIsPipe, dataUnreadable
    case noMarker, emptyMarker, damagedMarker, creatingMarker, futureMarker, longMarker, markerIsLink
    case noLock, emptyLock, damagedLock, lockIsFolder, lockIsLink
    case damagedWriterLock, writerLockIsLink, damagedLive, liveIsLink
    case othersMayWriteFolder, othersMayWriteData, folderIsLink

    /// Whether the store must still work afterwards: what was damaged holds nothing that is not made anew.
    var isHarmless: Bool {
        switch self {
        case .noLock, .emptyLock, .damagedWriterLock, .damagedLive: true
        default: false
        }
    }

    func inflict(on folder: DamagedFolder, using random: inout SeededGenerator) throws {
        let manager = FileManager.default
        let path = folder.path
        func file(_ name: String) -> String { path.appending(name).string }
        func replace(_ name: String, _ make: (String) throws -> Void) throws {
            try? manager.removeItem(atPath: file(name))
            try make(file(name))
        }
        func link(_ name: String) throws {
            let aside = path.removingLastComponent().appending("aside-\(name)").string
            try? manager.removeItem(atPath: aside)
            if manager.fileExists(atPath: file(name)) { try manager.moveItem(atPath: file(name), toPath: aside) }
            try manager.createSymbolicLink(atPath: file(name), withDestinationPath: aside)
        }
        func noise(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }
        func damaged(_ name: String) throws {
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: file(name))))
            for _ in 0..<4 { bytes[Int.random(in: 0..<min(bytes.count, 256), using: &random)] = UInt8.random(in: 0...255, using: &random) }
            try folder.write(bytes, name)
        }
        switch self {
        case .noData: try manager.removeItem(atPath: file("data.mdb"))
        case .emptyData: try folder.write([UInt8](), "data.mdb")
        case .foreignData: try folder.write(noise(40_000), "data.mdb")
        case .otherStoresData:
            let other = path.removingLastComponent().appending("other")
            if !manager.fileExists(atPath: other.string) { try DamagedStore.make(at: other) {} }
            try folder.write(try Data(contentsOf: URL(filePath: other.appending("data.mdb").string)), "data.mdb")
        case .dataIsFolder: try replace("data.mdb") { try manager.createDirectory(atPath: $0, withIntermediateDirectories: false) }
        case .dataIsLink: try link("data.mdb")
        case .dataIsPipe: try replace("data.mdb") { mkfifo($0, 0o600) }
        case .dataUnreadable: chmod(file("data.mdb"), 0)
        case .noMarker: try manager.removeItem(atPath: file("weir.identity"))
        case .emptyMarker: try folder.write([UInt8](), "weir.identity")
        case .damagedMarker: try folder.write(Array("weir store\nformat 1\nidentity zz\nstate complete\n".utf8), "weir.identity")
        case .creatingMarker: try markerText(folder) { $0.replacing("complete", with: "created") }
        case .futureMarker: try markerText(folder) { $0.replacing("format 1", with: "format 99") }
        case .longMarker: try folder.write(noise(100_000), "weir.identity")
        case .markerIsLink: try link("weir.identity")
        case .noLock: try? manager.removeItem(atPath: file("lock.mdb"))
        case .emptyLock: try folder.write([UInt8](), "lock.mdb")
        case .damagedLock: try damaged("lock.mdb")
        case .lockIsFolder: try replace("lock.mdb") { try manager.createDirectory(atPath: $0, withIntermediateDirectories: false) }
        case .lockIsLink: try link("lock.mdb")
        case .damagedWriterLock: try folder.write(noise(500), "writer.lock")
        case .writerLockIsLink: try link("writer.lock")
        case .damagedLive: try folder.write(noise(600), "weir.live")
        case .liveIsLink: try link("weir.live")
        case .othersMayWriteFolder: chmod(path.string, 0o777)
        case .othersMayWriteData: chmod(file("data.mdb"), 0o666)
        case .folderIsLink:
            let aside = path.string + "-aside"
            try? manager.removeItem(atPath: aside)
            try manager.moveItem(atPath: path.string, toPath: aside)
            try manager.createSymbolicLink(atPath: path.string, withDestinationPath: aside)
        }
    }

    private func markerText(_ folder: DamagedFolder, _ change: (String) -> String) throws {
        let file = URL(filePath: folder.path.appending("weir.identity").string)
        try folder.write(Array(change(String(decoding: Data(contentsOf: file), as: UTF8.self)).utf8), "weir.identity")
    }
}
