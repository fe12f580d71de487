import Foundation
import Testing
import WeirTesting

/// Rows 1, 3 and 4 are as good as the list of calls that they go through: what the library counts must be what the system sees.
@Suite(
    "Every call is counted",
    .enabled(
        if: Shim.shared != nil && Program.crashSubject != nil && Strace.isAvailable, "skipped: \(Shim.isMissing), \(Strace.isMissing)"))
struct ShimTests {
    @Test("the calls that the library counts in one life are those that strace sees in it, of each kind as many on each file")
    func witnessed() throws {
        let (shim, program) = (try #require(Shim.shared), try #require(Program.crashSubject))
        try withTemporaryFolder(inMemory: true) { folder in
            // Not strace itself, but what it starts, is to run under the library.
            let variables = shim.environment(Shim.Fault(), prefix: "\(folder)/store", log: "\(folder)/counted")
            let ending = try Strace.program.run(
                ["-f", "-y", "-s", "0", "-o", "\(folder)/seen", "-e", "trace=\(Self.traced)"] + variables.flatMap { ["-E", "\($0)=\($1)"] }
                    + [program.path, "steps", "\(folder)/store", "--seed", "\(ProofSize.seed)", "--steps", "48"])
            #expect(ending.status == 0, "\(ending.errors)")

            var counted: [String: Int] = [:]
            for line in try String(contentsOfFile: "\(folder)/counted", encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 1)
                counted["\(Self.kind(String(words[0]))) \(words.count > 1 ? words[1] : "")", default: 0] += 1
            }
            var seen: [String: Int] = [:]
            for line in try String(contentsOfFile: "\(folder)/seen", encoding: .utf8).split(separator: "\n") {
                guard let call = Self.call(in: String(line), prefix: "\(folder)/store") else { continue }
                seen[call, default: 0] += 1
            }
            let calls = counted.values.reduce(0, +)
            #expect(calls > 100, "a life makes hundreds of calls")
            for call in Set(counted.keys).union(seen.keys).sorted() where counted[call] != seen[call] {
                Issue.record("seed \(ProofSize.seed): \(call): counted \(counted[call] ?? 0), seen \(seen[call] ?? 0)")
            }
            ProofSize.report(row: 1, "calls that strace has seen, too", done: calls, bad: counted == seen ? 0 : 1)
        }
    }

    /// By which a process can change files, also those that nobody is known to call. (`?`: not every processor has each.)
    private static let traced = [
        "write", "writev", "pwrite64", "pwritev", "pwritev2", "sendfile", "splice", "copy_file_range", "fsync", "fdatasync", "msync",
        "sync_file_range", "ftruncate", "truncate", "fallocate", "lseek", "rename", "renameat", "renameat2", "link", "linkat", "symlink",
        "symlinkat", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "open", "openat", "openat2", "creat", "io_uring_setup",
    ].map { "?" + $0 }.joined(separator: ",")

    /// The library asks the system in one way for what a program can ask for in several.
    private static func kind(_ name: String) -> String {
        switch name {
        case "write", "writev": "write"
        case "pwrite", "pwrite64", "pwritev": "write at"
        case "renameat2": "rename"
        case "unlinkat": "unlink"
        case "mkdirat": "mkdir"
        case "openat": "open"
        default: name
        }
    }

    /// What one line of strace's tells: the kind of call, and on which file below the prefix; nil where it is none of them.
    private static func call(in line: String, prefix: String) -> String? {
        // `1234 pwrite64(5</dev/shm/.../data.mdb>, ""..., 120, 8) = 120`; the second half of a call that was interrupted by another has no bracket.
        guard let bracket = line.firstIndex(of: "("), !line.contains("resumed>") else { return nil }
        let name = line[..<bracket].split(separator: " ").last.map(String.init) ?? ""
        guard let start = line.range(of: prefix) else { return nil }
        let path = line[start.upperBound...].prefix { $0 != ">" && $0 != "\"" }
        if name == "openat" || name == "open", !line.contains("O_CREAT"), !line.contains("O_TRUNC") { return nil }
        return "\(name == "unlinkat" && line.contains("AT_REMOVEDIR") ? "rmdir" : kind(name)) \(path)"
    }
}
