import Foundation
import Testing

/// What the types promise to refuse, the compiler refuses, and with the diagnostic that one would expect. Each sample in MustNotCompile
/// names a part of it in a line `// expect: ...`; Control.swift is the control that must compile with the same flags.
@Suite(
    "What must not compile",
    .enabled(if: Compiler.built != nil, "no swiftc in PATH, or the built modules were not found beside the test bundle"))
struct MustNotCompileTests {
    @Test("a sample that misuses nothing compiles")
    func control() async throws {
        let compiler = try #require(Compiler.built)
        let (status, output) = try await compiler.compile("Control.swift")
        #expect(status == 0, "\(output)")
    }

    @Test("a misuse is refused", arguments: Compiler.samples)
    func refused(sample: String) async throws {
        let compiler = try #require(Compiler.built)
        let text = try String(contentsOf: Compiler.folder.appending(path: sample), encoding: .utf8)
        let expected = text.split(separator: "\n").filter { $0.hasPrefix("// expect: ") }.map { String($0.dropFirst("// expect: ".count)) }
        try #require(!expected.isEmpty, "\(sample) does not say what it expects")
        let (status, output) = try await compiler.compile(sample)
        #expect(status != 0, "\(sample) compiles")
        let errors = output.split(separator: "\n").filter { $0.contains("error: ") }
        for part in expected { #expect(errors.contains { $0.contains(part) }, "\(sample) is refused for another reason: \(output)") }
    }

    @Test("there are samples to refuse")
    func samples() {
        #expect(Compiler.samples.count >= 3)
    }
}

/// `.ci/compile` with the modules of the build that this test is part of.
struct Compiler {
    let root: URL
    let bin: URL

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "MustNotCompile")
    static let samples: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".swift") && $0 != "Control.swift" }.sorted()
    }()

    /// The test bundle lies in the folder of the build's products, on Linux as argument 0, on a Mac as an argument of the testing helper.
    static let built: Compiler? = {
        let bundles = CommandLine.arguments.filter { $0.contains(".xctest") }.compactMap { argument in
            argument.range(of: ".xctest").map { URL(filePath: String(argument[..<$0.upperBound])).deletingLastPathComponent() }
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let hasCompiler = path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/swiftc") }
        guard hasCompiler, let bin = bundles.first(where: { FileManager.default.fileExists(atPath: $0.appending(path: "Modules").path) })
        else {
            return nil
        }
        let root = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return Compiler(root: root, bin: bin)
    }()

    func compile(_ sample: String) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = root.appending(path: ".ci/compile")
        process.arguments = [bin.path, Self.folder.appending(path: sample).path]
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
