import Foundation
import SystemPackage

/// The built command, run as a user runs it.
struct BuiltCommand {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
        let wasKilled: Bool

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// Every line as the JSON object that it must be.
        func objects() throws -> [[String: Any]] {
            try lines.map { line in
                guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                    throw CocoaError(.coderInvalidValue)
                }
                return object
            }
        }
    }

    /// `weir` lies beside the tests' own binary.
    static var path: String {
        #if os(macOS)
            let products = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL.deletingLastPathComponent()
            return (products ?? Bundle.main.bundleURL).appendingPathComponent("weir").path
        #else
            return Bundle.main.bundleURL.appendingPathComponent("weir").path
        #endif
    }

    static func run(_ arguments: [String]) throws -> Result { try run(path, arguments) }

    /// A subcommand on a store.
    static func run(_ words: String, _ store: FilePath, _ more: String...) throws -> Result {
        try run(path, words.split(separator: " ").map(String.init) + ["--store", store.string] + more)
    }

    /// In a shell, where `$WEIR` is the command and `$STORE` the store; a failure within a pipe is the pipe's.
    static func shell(_ script: String, _ store: FilePath) throws -> Result {
        try run("/bin/bash", ["-c", "set -o pipefail; " + script], ["WEIR": path, "STORE": store.string])
    }

    static func run(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // What goes to standard error fits into the pipe; standard output may not.
        let data = try Self.all(output.fileHandleForReading)
        let errorData = try Self.all(errors.fileHandleForReading)
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: data, as: UTF8.self),
            errors: String(decoding: errorData, as: UTF8.self), wasKilled: process.terminationReason == .uncaughtSignal)
    }

    /// To the end. Foundation's own way of reading traps when the end of the process interrupts it.
    private static func all(_ handle: FileHandle) throws -> [UInt8] {
        let file = FileDescriptor(rawValue: handle.fileDescriptor)
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
            guard count > 0 else { return all }
            all.append(contentsOf: piece[..<count])
        }
    }
}
