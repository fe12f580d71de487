import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("weir: misuse and damage")
struct MisuseTests {
    /// One line on standard error that begins with the command's name, nothing on standard output.
    private func expect(_ status: Int32, _ result: BuiltCommand.Result, saying word: String, _ comment: Comment? = nil) {
        #expect(result.status == status, "\(comment ?? ""): \(result.errors)")
        #expect(result.output == "", comment)
        #expect(result.errors.hasPrefix("weir: ") && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.errors.contains(word), "\(result.errors)")
    }

    static let reading = ["info", "verify", "table list", "table get t k", "table scan t", "offsets", "producers", "deadletters list"]
    static let writing = ["compact", "deadletters drop words 1", "deadletters retry words 1"]

    @Test("a store that is not there is no input, and none is made", arguments: reading + writing)
    func missing(words: String) throws {
        try withTemporaryFolder { (folder: FilePath) throws in
            let path = folder.appending("absent")
            expect(66, try BuiltCommand.run(words, path), saying: "absent")
            #expect(!FileManager.default.fileExists(atPath: path.string))
        }
    }

    @Test("a folder that is no store is refused", arguments: reading + writing)
    func notAStore(words: String) throws {
        try withTemporaryFolder { (folder: FilePath) throws in
            let path = folder.appending("other")
            try FileManager.default.createDirectory(
                atPath: path.string, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            try Data("something".utf8).write(to: URL(fileURLWithPath: path.appending("data.mdb").string))
            expect(66, try BuiltCommand.run(words, path), saying: "\(path)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: path.string) == ["data.mdb"])
        }
    }

    @Test("a damaged store is status 2, and says where")
    func damaged() throws {
        try withFixture { (store: FilePath) throws in
            // Without free pages every byte counts.
            #expect(try BuiltCommand.run("compact", store).status == 0)
            let whole = try dataFiles(store)["data.mdb"]!
            try change(store) { $0.removeLast($0.count / 2) }
            expect(2, try BuiltCommand.run("info", store), saying: "data.mdb")
            #expect(try BuiltCommand.run("verify", store).status == 2)
            try change(store) { $0 = whole }
            #expect(try BuiltCommand.run("verify", store).status == 0)

            // One bit in the middle of a value.
            let place = try #require(whole.range(of: Data(repeating: UInt8(ascii: "x"), count: 100)))
            try change(store) { $0[place.lowerBound + 50] ^= 4 }
            let verified = try BuiltCommand.run("verify", store, "--format", "json")
            #expect(verified.status == 2)
            let report = try #require(try verified.objects().first)
            #expect(report["sound"] as? Bool == false)
            #expect((report["problems"] as? [String])?.contains { $0.contains("large") } == true)
            #expect(try BuiltCommand.run("table scan large", store).status == 2)
            #expect(try BuiltCommand.run("table get counts weir", store).output == "4\n")
        }
    }

    @Test("a store of another format version is refused")
    func formatVersion() throws {
        try withFixture { (store: FilePath) throws in
            let marker = URL(fileURLWithPath: store.appending("weir.identity").string)
            let text = try String(contentsOf: marker, encoding: .utf8).replacingOccurrences(of: "format 1", with: "format 999")
            try Data(text.utf8).write(to: marker)
            expect(65, try BuiltCommand.run("info", store), saying: "999")
        }
    }

    @Test("an unknown table, key or key type is told")
    func unknown() throws {
        try withFixture { (store: FilePath) throws in
            for words in ["table get absent k", "table scan absent", "table count absent"] {
                expect(66, try BuiltCommand.run(words, store), saying: "counts", "\(words)")
            }
            expect(1, try BuiltCommand.run("table get counts absent", store), saying: "absent")
            expect(64, try BuiltCommand.run("table get large seven", store), saying: "seven")
            expect(64, try BuiltCommand.run("table get pairs orders", store), saying: "2 parts")
            expect(64, try BuiltCommand.run("table get raw 0x1", store), saying: "0x1")
        }
    }

    @Test(
        "a wrong call is status 64 and shows the usage",
        arguments: ["", "unknown", "info", "table get", "table scan --store x --limit -1 t", "info --store x --format xml"])
    func usage(words: String) throws {
        let result = try BuiltCommand.run(words.split(separator: " ").map(String.init))
        #expect(result.status == (words.isEmpty ? 0 : 64), "\(result.errors)")
        #expect((result.output + result.errors).contains("weir"))
    }

    @Test("what writes is refused while another process holds the store", arguments: writing)
    func held(words: String) throws {
        try withTemporaryFolder { (folder: FilePath) throws in
            let path = folder.appending("store")
            let writer = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            defer { writer.close() }
            try fill(writer)
            expect(69, try BuiltCommand.run(words, path), saying: "\(ProcessInfo.processInfo.processIdentifier)")
        }
    }

    @Test("the help documents every exit status")
    func help() throws {
        let result = try BuiltCommand.run(["--help"])
        #expect(result.status == 0)
        for status in ["0 ", "1 ", "2 ", "64 ", "65 ", "66 ", "69 ", "73 ", "74 ", "75 ", "77 "] {
            #expect(result.lines.contains { $0.trimmingCharacters(in: .whitespaces).hasPrefix(status) }, "status \(status)")
        }
    }
}
