import Testing

/// Each rule finds the bad sample, at its line, and leaves the good one alone: a rule that cannot find anything guards nothing.
@Suite("The rules of the house")
struct RuleTests {
    @Test(
        "an import that goes up, or past LMDB to C, is found",
        arguments: [
            ("Sources/LMDB/A.swift", "import WeirStore"),
            ("Sources/WeirStore/A.swift", "import CLMDB"),
            ("Sources/WeirStore/A.swift", "import CCRC32C"),
            ("Sources/Weir/A.swift", "import LMDB"),
            ("Sources/Weir/A.swift", "package import WeirTopology"),
            ("Sources/WeirTopology/A.swift", "public import WeirBroker"),
            ("Sources/WeirBroker/A.swift", "@testable import WeirTopology"),
            ("Sources/WeirTopology/A.swift", "import struct WeirConnectors.FileSpout"),
            ("Sources/WeirConnectors/A.swift", "@_exported public import WeirCLI"),
            ("Sources/WeirStore/A.swift", "import Foundation"),
            ("Sources/LMDB/A.swift", "internal import FoundationEssentials"),
            ("Sources/WeirStore/A.swift", "#if DEBUG\n import Logging\n#endif"),
            ("Sources/WeirStore/A.swift", "let a = 1; import Weir"),
            ("Sources/Unknown/A.swift", "import Weir"),
            ("Examples/WordCount/A.swift", "import LMDB"),
        ])
    func badImport(path: String, text: String) {
        #expect(Layering.findings(path: path, text: text).count == 1)
    }

    @Test(
        "an import that goes down is left alone",
        arguments: [
            ("Sources/LMDB/A.swift", "import CLMDB\nimport CCRC32C\nimport Glibc"),
            ("Sources/WeirStore/A.swift", "import LMDB // not import Weir\nlet text = \"import Weir\""),
            ("Sources/WeirConnectors/A.swift", "import WeirBroker\nimport WeirTopology"),
            ("Sources/Weir/A.swift", "import Logging\nimport Foundation"),
            ("Examples/WordCount/A.swift", "import WeirConnectors"),
            ("Tests/LMDBTests/A.swift", "import LMDB\nimport WeirTesting"),
        ])
    func goodImport(path: String, text: String) {
        #expect(Layering.findings(path: path, text: text) == [])
    }

    @Test("what bites in LMDB is found in code, not in words about it", arguments: Wording.biting)
    func biting(word: String) {
        #expect(Wording.bitingFindings(path: "Sources/LMDB/A.swift", text: "let a = \(word) 0)").count == 1)
        #expect(Wording.bitingFindings(path: "Sources/LMDB/A.swift", text: "// Never \(word)").isEmpty)
    }

    @Test(
        "a switched-off check without its reason is found",
        arguments: [
            "final class A: @unchecked Sendable {}",
            "// The lock guards it.\n\nfinal class A: @unchecked Sendable {}",
            "let before = 1 // a reason in the wrong place\nnonisolated(unsafe) var a = 1",
            "//\nlet a = unsafeBitCast(b, to: Int.self)", "/// What it is, and not why.\nfinal class A: @unchecked Sendable {}",
            "let text = \"\\(unsafeBitCast(b, to: Int.self))\"",
        ])
    func noReason(text: String) {
        #expect(Wording.reasonFindings(path: "A.swift", text: text).count == 1)
    }

    @Test("a reason on the line before is accepted, and text in a string is no code")
    func reason() {
        let text = """
            // Every access holds the lock.
            final class A: @unchecked Sendable {}
            let text = "nonisolated(unsafe)" // unsafeBitCast
            let raw = #"a " unsafeBitCast"#
            """
        #expect(Wording.reasonFindings(path: "A.swift", text: text) == [])
    }

    @Test("a crash in place of an error is found, and where", arguments: ["try!", "fatalError("])
    func crash(word: String) {
        let bad = Wording.crashFindings(path: "A.swift", text: "let a = 1\n\(word) b)")
        #expect(bad.map(\.line) == [2])
        #expect(Wording.crashFindings(path: "A.swift", text: "// \(word)\nlet a = \"\(word)\"") == [])
    }

    @Test("a test that is switched off is found")
    func disabled() {
        #expect(
            Wording.disabledFindings(path: "A.swift", text: "@Test(.disabled(\"later\"))\nfunc a() {} // .disabled(").map(\.line) == [1])
    }

    @Test("unfinished work is found in code and in comments", arguments: Wording.unfinished)
    func unfinished(word: String) {
        #expect(Wording.unfinishedFindings(path: "A.swift", text: "let a = 1\n/* later:\n \(word): more */").map(\.line) == [3])
        #expect(Wording.unfinishedFindings(path: "A.swift", text: "let a = 1 // \(word)").count == 1)
        #expect(Wording.unfinishedFindings(path: "A.swift", text: "let a = \"\(word)\", MAX\(word) = 2") == [])
    }

    @Test("a file of 401 lines is found, one of 400 is not")
    func length() {
        let line = "let a = 1\n"
        #expect(Layout.lengthFindings(path: "A.swift", text: String(repeating: line, count: 400)) == [])
        #expect(Layout.lengthFindings(path: "A.swift", text: String(repeating: line, count: 401)).count == 1)
        #expect(Layout.lengthFindings(path: "A.swift", text: String(repeating: line, count: 400) + "}").count == 1)
    }

    @Test("a stranger at the top level is found")
    func topLevel() {
        let names = ["Package.swift", ".ci", "Sources", "Scripts", "Package.resolved", "weir-store", "notes.txt"]
        let findings = Layout.topLevelFindings(names: names, ignored: ["Package.resolved", "weir-store/"])
        #expect(findings.map(\.path) == ["Scripts", "notes.txt"])
    }

    @Test("a folder that no target builds is found")
    func target() {
        let manifest = ".target(name: \"A\"), .executableTarget(name: \"B\", path: \"Examples/B\"), .target(name: \"D\")"
        let paths = [
            "Package.swift", "Sources/A/X/Y.swift", "Examples/B/C.swift", "Examples/D/C.swift", "Tests/ATests/T.swift", "Docs/A.md",
        ]
        #expect(Layout.targetFindings(paths: paths, manifest: manifest).map(\.path) == ["Examples/D", "Tests/ATests"])
    }

    @Test("an example without a README is found")
    func example() {
        let paths = ["Examples/A/Command.swift", "Examples/A/README.md", "Examples/B/Command.swift"]
        #expect(Layout.exampleFindings(paths: paths).map(\.path) == ["Examples/B/README.md"])
    }

    @Test("a page that no other one links to is found")
    func unlinked() {
        let pages = [
            "README.md": "[a](Docs/A.md#part), [web](https://example.org/Docs/D.md)\n````\n```\n[d](Docs/D.md)\n```\n````\n",
            "Docs/A.md": "see [c](../Docs/./C.md)", "Docs/C.md": "", "Docs/D.md": "[itself](D.md)",
        ]
        #expect(Links.unlinkedFindings(pages: pages).map(\.path) == ["Docs/D.md"])
    }

    @Test("a link that leads nowhere is found, at its line")
    func dead() {
        let text = "[here](#part)\n[a](A.md) and [b](../B.md \"title\")"
        let findings = Links.deadFindings(path: "Docs/C.md", text: text) { $0 == "Docs/A.md" }
        #expect(findings.map(\.line) == [2])
        #expect(findings.first?.complaint.contains("B.md") == true)
    }

    @Test("code, comments and strings are told apart")
    func lexer() {
        let text = SwiftText(
            "a /* b /* c */ d */ e // f\n\"g // \\(h(\"i\") + j) \\\" k\" l\n\"\"\"\n m \" // n\n\"\"\" o\n##\"\"# p\"## q")
        #expect(text.lines.map { $0.code.filter(\.isLetter) } == ["ae", "hjl", "", "", "o", "q"])
        #expect(text.lines.map { $0.comment.filter(\.isLetter) } == ["bcdf", "", "", "", "", ""])
    }
}
