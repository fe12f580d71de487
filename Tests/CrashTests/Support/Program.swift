import Foundation
import Synchronization

/// A program of this package, run as a process of its own.
struct Program {
    let path: String

    /// WordCount as a user has it; `WEIR_WORDCOUNT` names another build of it.
    static let wordCount = built("WordCount", variable: "WEIR_WORDCOUNT")
    /// What does one kind of work on a store, to be killed while it does; `WEIR_CRASH_SUBJECT` names another build of it.
    static let crashSubject = built("CrashSubject", variable: "WEIR_CRASH_SUBJECT")

    /// The one that is named, or the release build's if it is newer than every source, or that of the build that this test is part of.
    private static func built(_ name: String, variable: String) -> Program? {
        let manager = FileManager.default
        if let named = ProcessInfo.processInfo.environment[variable] { return Program(path: named) }
        let bundles = CommandLine.arguments.filter { $0.contains(".xctest") }.compactMap { argument in
            argument.range(of: ".xctest").map { URL(filePath: String(argument[..<$0.upperBound])).deletingLastPathComponent() }
        }
        guard let products = bundles.first(where: { manager.isExecutableFile(atPath: $0.appending(path: name).path) }) else {
            return nil
        }
        let release = products.deletingLastPathComponent().appending(path: "release/\(name)")
        if let built = age(release.path), newestSource.map({ built > $0 }) ?? false { return Program(path: release.path) }
        return Program(path: products.appending(path: name).path)
    }

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func age(_ path: String) -> Date? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
    }

    private static let newestSource: Date? = ["Sources", "Examples/WordCount", "Tests/CrashSubject", "Package.swift"].flatMap {
        name -> [Date] in
        let root = repository.appending(path: name).path
        let inside = FileManager.default.enumerator(atPath: root)?.compactMap { ($0 as? String).map { "\(root)/\($0)" } } ?? []
        return ([root] + inside).compactMap(age)
    }.max()

    /// Starts it. Its input is empty unless given; `environment` comes on top of the test's own.
    func start(
        _ arguments: [String], input: Data = Data(), in folder: String? = nil, environment: [String: String] = [:]
    ) throws -> Life {
        try Life(path, arguments, input: input, in: folder, environment: environment)
    }

    /// Runs it to its end.
    func run(
        _ arguments: [String], input: Data = Data(), in folder: String? = nil, environment: [String: String] = [:]
    ) throws -> Ending {
        try start(arguments, input: input, in: folder, environment: environment).wait()
    }
}

/// How a process ended and what it said.
struct Ending {
    /// The exit code, or minus the signal that ended it.
    let status: Int32
    let output: String
    let errors: String
}

/// One process, from its start to its end.
final class Life {
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private let output: Capture
    private let errors: Capture

    fileprivate init(_ path: String, _ arguments: [String], input: Data, in folder: String?, environment: [String: String]) throws {
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        if !environment.isEmpty { process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 } }
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        output = try Capture()
        errors = try Capture()
        process.standardOutput = output.writing
        process.standardError = errors.writing
        let pipe = Pipe()
        process.standardInput = pipe
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        // Small inputs fit into the pipe; larger ones would need a thread, and no test has them.
        try pipe.fileHandleForWriting.write(contentsOf: input)
        try pipe.fileHandleForWriting.close()
    }

    /// Waits for the end, at most so long. Whether it has ended.
    func ends(within seconds: Double) -> Bool {
        guard ended.wait(timeout: .now() + seconds) == .success else { return false }
        ended.signal()
        return true
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// How it ended. Waits for that, and kills it after ten minutes unless told otherwise, so that a hang is a failure and not a hang of the tests.
    func wait(atMost seconds: Double = 600) throws -> Ending {
        if !ends(within: seconds) { send(SIGKILL) }
        process.waitUntilExit()
        let status = process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
        return Ending(status: status, output: try output.text(), errors: try errors.text())
    }

    /// What has been said so far on standard error.
    func errorsSoFar() throws -> String { try errors.text() }
}

/// A file that takes what a process says: unlike a pipe it never fills up.
final class Capture {
    private let path: String
    let writing: FileHandle

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "weir-said-\(UUID().uuidString)").path
        guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path) else {
            throw CocoaError(.fileWriteUnknown)
        }
        writing = handle
    }

    deinit {
        try? writing.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    func text() throws -> String { String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self) }
}
