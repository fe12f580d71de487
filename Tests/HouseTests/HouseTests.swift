import Testing

/// The house as it stands keeps its own rules. That each rule finds what it is there to find is RuleTests' part.
@Suite("The house")
struct HouseTests {
    let house: House

    init() throws {
        house = try House()
        try #require(house.files.count > 10, "the sources were not found from \(#filePath)")
    }

    @Test("a lower floor imports no upper one, and only LMDB touches C")
    func layering() {
        let findings = house.files(".swift").flatMap(Layering.findings)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("every check of the compiler that is switched off has its reason beside it")
    func reasons() {
        let findings = house.files(".swift").flatMap(Wording.reasonFindings)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("nothing crashes where an error is due")
    func crashes() {
        let findings = house.files(".swift").flatMap(Wording.crashFindings)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("what bites in LMDB is not used")
    func biting() {
        let findings = house.files(".swift", ".h").flatMap(Wording.bitingFindings)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("no test is switched off")
    func disabled() {
        let findings = house.files(".swift").flatMap(Wording.disabledFindings)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("nothing is left unfinished")
    func unfinished() {
        let findings = house.files(".swift", ".c", ".h").flatMap(Wording.unfinishedFindings)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("a file is one idea: at most 400 lines")
    func length() {
        let findings = house.files(".swift", ".c", ".h").flatMap(Layout.lengthFindings)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("the top level holds the agreed names and nothing else")
    func topLevel() {
        let findings = Layout.topLevelFindings(names: house.names, ignored: house.ignored)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("every folder of code is built")
    func targets() throws {
        let manifest = try #require(house.files["Package.swift"])
        let findings = Layout.targetFindings(paths: Array(house.files.keys), manifest: manifest)
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("every example says in a README what it shows")
    func examples() {
        let findings = Layout.exampleFindings(paths: Array(house.files.keys))
        #expect(findings.isEmpty, "\(list(findings))")
    }

    @Test("every page can be found from another one, and no link leads nowhere")
    func links() {
        let pages = Dictionary(uniqueKeysWithValues: house.files(".md").map { ($0.path, $0.text) })
        let findings =
            Links.unlinkedFindings(pages: pages)
            + pages.sorted { $0.key < $1.key }.flatMap { Links.deadFindings(path: $0.key, text: $0.value, exists: house.exists) }
        #expect(findings.isEmpty, "\(list(findings))")
    }

    private func list(_ findings: [Finding]) -> String { findings.map(\.description).joined(separator: "\n") }
}
