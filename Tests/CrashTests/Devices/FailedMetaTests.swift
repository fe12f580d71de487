import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// A commit's meta page fails: LMDB puts the old one back into the page cache, and the disk may hold either. `strace` injects the failure and shows the order of
/// the writes after it.
@Suite(
    "A meta page that fails",
    .enabled(if: Program.crashSubject != nil && Strace.isAvailable, "skipped: \(Strace.isMissing)"))
struct FailedMetaTests {
    @Test("the old meta page is on the disk before anything is written over what the lost commit had written")
    func order() throws {
        let program = try #require(Program.crashSubject)
        try withTemporaryFolder { folder in
            // The committer's thread writes more often than the one that opens the store: this write of its is a meta page, and no other thread has so many.
            let usual = try Traced(program, store: folder.appending("usual"), log: folder.appending("usual.log"))
            let failing = try #require(usual.metaPageOfCommitter)
            let failed = try Traced(program, store: folder.appending("failed"), log: folder.appending("failed.log"), failingWrite: failing)
            #expect(failed.said.contains { $0.hasPrefix("failed") }, "\(failed.said)")
            #expect(failed.said.suffix(2).first?.hasPrefix("acknowledged") == true, "it goes on: \(failed.said)")

            let after = failed.calls.drop { !$0.isInjected }.dropFirst()
            let flush = try #require(after.firstIndex { $0.isFlush })
            let data = try #require(after.firstIndex { $0.writesData })
            #expect(flush < data, "\(after.prefix(8).map(\.text))")
            #expect(after[..<flush].contains { $0.isWrite }, "nothing was put back")
            try requireSound(folder.appending("failed"))
        }
    }
}

/// What a process that counts wrote to its data file.
private struct Traced {
    struct Call {
        let text: String

        var thread: Substring { text.prefix { $0 != " " } }
        var isWrite: Bool { text.contains("pwrite64(") || text.contains("writev(") }
        var isFlush: Bool { text.contains("fdatasync(") }
        var isInjected: Bool { text.contains("(INJECTED)") }
        /// A meta page is written in part: 120 bytes.
        var isMetaPage: Bool { text.contains(", 120, ") }
        /// Behind the two meta pages. A vector's place is not in its call, but it holds nothing else.
        var writesData: Bool {
            guard text.contains("pwrite64(") else { return text.contains("writev(") }
            let place = text.split(separator: ",").last.flatMap { Int($0.prefix { $0 != ")" }.filter(\.isNumber)) }
            return (place ?? 0) >= 8192
        }
    }

    let said: [String]
    let calls: [Call]
    private let all: [Call]

    init(_ program: Program, store: FilePath, log: FilePath, failingWrite: Int? = nil) throws {
        var arguments = ["-f", "-y", "-o", log.string, "-e", "trace=pwrite64,writev,fdatasync"]
        if let failingWrite { arguments += ["-e", "inject=pwrite64:error=EIO:when=\(failingWrite)"] }
        let ending = try Strace.program.run(
            arguments + [program.path, "count", store.string, "--seed", "1", "--commits", "8"])
        said = ending.output.split(separator: "\n").map(String.init)
        all = try String(contentsOfFile: log.string, encoding: .utf8).split(separator: "\n").map { Call(text: String($0)) }
        calls = all.filter { $0.text.contains("data.mdb") }
    }

    /// The number, within the committer's thread, of a write of a meta page that no other thread comes to.
    var metaPageOfCommitter: Int? {
        var counts: [Substring: Int] = [:]
        guard let committer = calls.last?.thread else { return nil }
        let others = all.filter { $0.thread != committer && $0.text.contains("pwrite64(") }.count
        for call in all where call.text.contains("pwrite64(") {
            counts[call.thread, default: 0] += 1
            if call.thread == committer, call.isMetaPage, let count = counts[committer], count > others { return count }
        }
        return nil
    }
}
