import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// What the command says to somebody who may not use a store's files. Root may use everything, so these run it as nobody.
@Suite("weir: somebody else's files", .enabled(if: Nobody.canRunWeir, "skipped: needs root, setpriv, and a build that others may run"))
struct PermissionTests {
    static let words = MisuseTests.reading + MisuseTests.writing

    /// As nobody, on a copy of the fixture that was changed so; the files are as they were afterwards.
    private func expectRefused(_ words: String, as change: (FilePath) throws -> Void) throws {
        try withFixture { (store: FilePath) throws in
            let before = try dataFiles(store)
            chmod(store.removingLastComponent().string, 0o755)
            try change(store)
            let result = try Nobody.run(words.split(separator: " ").map(String.init) + ["--store", store.string])
            #expect(result.status == 77, "\(words): \(result.errors)")
            #expect(result.output.isEmpty, "\(words)")
            #expect(result.errors.hasPrefix("weir: ") && result.errors.split(separator: "\n").count == 1, "\(words): \(result.errors)")
            #expect(result.errors.contains(store.string), "\(words): \(result.errors)")
            #expect(try dataFiles(store) == before)
        }
    }

    @Test("another user's store is refused", arguments: words)
    func foreign(words: String) throws {
        try expectRefused(words) { _ in }
    }

    @Test("a folder that may not be looked into is refused", arguments: words)
    func unreachable(words: String) throws {
        try expectRefused(words) { chmod($0.removingLastComponent().string, 0o700) }
    }

    @Test("an own store whose data may not be read is refused", arguments: words)
    func unreadable(words: String) throws {
        try expectRefused(words) { store in
            try Nobody.own(store)
            chmod(store.appending("data.mdb").string, 0)
        }
    }

    @Test("an own store whose folder may not be written is refused for writing", arguments: MisuseTests.writing)
    func readOnly(words: String) throws {
        try expectRefused(words) { store in
            try Nobody.own(store)
            unlink(store.appending("writer.lock").string)
            chmod(store.string, 0o500)
        }
    }

    @Test("a backup into a folder that may not be written is refused, and leaves nothing")
    func backup() throws {
        try withFixture { (store: FilePath) throws in
            let folder = store.removingLastComponent()
            chmod(folder.string, 0o755)
            try Nobody.own(store)
            let result = try Nobody.run(["backup", folder.appending("backup").string, "--store", store.string])
            #expect(result.status == 77, "\(result.errors)")
            #expect(result.errors.contains("backup"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.string) == ["store"])
        }
    }

    @Test("a sound store that may not be opened, for want of lock.mdb in a folder where none may be made, is verified but not audited")
    func unopened() throws {
        try withFixture { (store: FilePath) throws in
            chmod(store.removingLastComponent().string, 0o755)
            try Nobody.own(store)
            unlink(store.appending("lock.mdb").string)
            chmod(store.string, 0o500)
            let result = try Nobody.run(["verify", "--store", store.string, "--format", "json"])
            #expect(result.status == 0, "\(result.errors)")
            let report = try #require(try result.objects().first)
            #expect(report["sound"] as? Bool == true)
            #expect(report["messages"] is NSNull && report["flows"] is NSNull, "\(report)")
            #expect(result.errors.contains("not audited"), "\(result.errors)")
        }
    }

    @Test("the control: an own store is read")
    func own() throws {
        try withFixture { (store: FilePath) throws in
            chmod(store.removingLastComponent().string, 0o755)
            try Nobody.own(store)
            let result = try Nobody.run(["verify", "--store", store.string])
            #expect(result.status == 0, "\(result.errors)")
        }
    }
}

/// The user who may do nothing.
private enum Nobody {
    static let user: UInt32 = 65_534

    static let canRunWeir = geteuid() == 0 && (try? run(["--help"]))?.status == 0

    static func run(_ arguments: [String]) throws -> BuiltCommand.Result {
        try BuiltCommand.run(
            "/usr/bin/setpriv", ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", BuiltCommand.path] + arguments)
    }

    /// Gives a store to nobody.
    static func own(_ store: FilePath) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: store.string)
        for path in [store] + names.map(store.appending) where chown(path.string, user, user) != 0 {
            throw CocoaError(.fileWriteNoPermission)
        }
    }
}
