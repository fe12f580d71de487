import ArgumentParser
import Foundation
import Testing

@testable import WeirCLI

@Suite("weir: its page in Docs")
struct DocumentTests {
    private let page: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        page = try String(contentsOf: root.appendingPathComponent("Docs/Command.md"), encoding: .utf8)
    }

    @Test("every exit status is there, with the meaning that the help gives it", arguments: WeirCLI.ExitStatus.allCases)
    func status(_ status: WeirCLI.ExitStatus) {
        #expect(page.contains("| \(status.rawValue) | \(status.meaning) |"))
    }

    @Test("every subcommand is there, and none that does not exist")
    func subcommands() {
        func paths(_ command: any ParsableCommand.Type, _ before: String) -> [String] {
            let path = (before + " " + (command.configuration.commandName ?? "\(command)".lowercased())).trimmingCharacters(
                in: .whitespaces)
            let inner = command.configuration.subcommands
            return inner.isEmpty ? [path] : inner.flatMap { paths($0, path) }
        }
        let all = paths(Command.self, "")
        for path in all { #expect(page.contains("| `\(path)"), "\(path)") }
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `weir ") }
        #expect(rows.count == all.count)
    }

    @Test(
        "every key of JSON is there",
        arguments: ["info", "verify", "table list", "offsets", "deadletters list", "top --count 1", "table scan counts"])
    func keys(words: String) throws {
        try withFixture { store throws in
            let object = try #require(try BuiltCommand.run(words, store, "--format", "json").objects().first)
            let name = words.split(separator: " ").prefix(words.hasPrefix("table") || words.hasPrefix("dead") ? 2 : 1).joined(
                separator: " ")
            let row = try #require(
                page.split(separator: "\n").first {
                    $0.hasPrefix("| ") && $0.contains("`\(name)`") && $0.contains("`") && !$0.contains("weir")
                        || $0.hasPrefix("| `\(name)`")
                })
            for key in object.keys { #expect(row.contains("`\(key)`"), "\(key) in \(row)") }
        }
    }
}
