import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import WeirConnectors

@Suite("Files as partitions")
struct FilePartitionsTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test("a file keeps its number, whatever is given beside it, in whatever order, by whatever path")
    func stable() throws {
        let a = try folder.write("", to: "a")
        let b = try folder.write("", to: "b")
        let both = try FilePartitions([a, b])
        #expect(Set(both.numbers).count == 2)
        #expect(try FilePartitions([b, a]).numbers == both.numbers.reversed())
        #expect(try FilePartitions([folder.path.appending("./b")]).numbers == [both.numbers[1]])
        #expect(both[both.numbers[1]] == b)
        #expect(FilePartitions.number(of: "/var/log/syslog") == FilePartitions.number(of: "/var/log/syslog"))
    }

    @Test("a file given twice is refused, also through a link")
    func twice() throws {
        let a = try folder.write("", to: "a")
        #expect(FileError.Code.thrown { _ = try FilePartitions([a, a]) } == .givenTwice)
        try FileManager.default.createSymbolicLink(atPath: folder.path.appending("link").string, withDestinationPath: a.string)
        #expect(FileError.Code.thrown { _ = try FilePartitions([a, folder.path.appending("link")]) } == .givenTwice)
    }

    @Test("what is missing, a folder or no file at all is refused with a line that names it")
    func refused() throws {
        let missing = folder.path.appending("missing")
        #expect(FileError.Code.thrown { _ = try FileSpout([missing]).partitions() } == .notFound)
        #expect(FileError.Code.thrown { _ = try OpenFile(folder.path) } == .notAFile)
        #expect(FileError.Code.thrown { _ = try OpenFile("/dev/null") } == .notAFile)
        let pipe = folder.path.appending("pipe")
        try #require(mkfifo(pipe.string, 0o600) == 0)
        #expect(FileError.Code.thrown { _ = try OpenFile(pipe) } == .notAFile)
        do { _ = try FilePartitions([missing]) } catch {
            #expect(error.description.contains(missing.string) && !error.description.contains("\n"))
        }
    }

    @Test("refusing a file closes it once: its number may be somebody else's by then")
    func closedOnce() async {
        // In a process of its own: a number closed twice would be that of any other test's file.
        await #expect(processExitsWith: .success) {
            final class Shared: Sendable {
                let isDone = Atomic(false)
                let lost = Atomic(0)
            }
            let shared = Shared()
            let other = Thread {
                while !shared.isDone.load(ordering: .relaxed) {
                    if close(open("/dev/null", O_RDONLY)) != 0 { shared.lost.add(1, ordering: .relaxed) }
                }
            }
            other.start()
            for _ in 0..<20_000 { _ = try? OpenFile("/dev/null") }
            shared.isDone.store(true, ordering: .relaxed)
            precondition(shared.lost.load(ordering: .relaxed) == 0, "files of another thread were closed")
        }
    }

    @Test("what may not be read is refused", .enabled(if: getuid() != 0, "root may read everything"))
    func unreadable() throws {
        let a = try folder.write("a\n")
        try #require(chmod(a.string, 0) == 0)
        #expect(FileError.Code.thrown { _ = try OpenFile(a) } == .notReadable)
    }
}

@Suite("Lines of a stream")
struct LinesSpoutTests {
    private func read(_ spout: inout LinesSpout) throws -> Reading {
        var reading = Reading()
        while true {
            switch try spout.next() {
            case .line(let line): reading.lines.append(Array(line.bytes))
            case .skip: continue
            case .wait:
                reading.waits = true
                return reading
            case .end: return reading
            }
        }
    }

    @Test("an open pipe never blocks, its end ends the stream, and a last line without newline counts")
    func pipe() throws {
        let (input, output) = try FileDescriptor.pipe()
        defer { try? input.close() }
        var spout = LinesSpout(input, limits: .init(blockBytes: 4))
        #expect(try read(&spout) == Reading(), "a task that was not opened as the first reads nothing")
        spout.begin()
        #expect(try read(&spout) == Reading(waits: true))
        try output.writeAll("one\r\ntwo\nthr".utf8)
        let some = try read(&spout)
        #expect(some.texts == ["one", "two"] && some.waits)
        try output.writeAll("ee".utf8)
        try output.close()
        let rest = try read(&spout)
        #expect(rest.texts == ["three"] && !rest.waits)
        #expect(try read(&spout) == Reading())
    }

    @Test("a line beyond the limit is refused")
    func longLine() throws {
        let (input, output) = try FileDescriptor.pipe()
        defer { try? input.close() }
        try output.writeAll("0123456789x\n".utf8)
        try output.close()
        var spout = LinesSpout(input, limits: .init(blockBytes: 4, maximumLineBytes: 10))
        spout.begin()
        #expect(FileError.Code.thrown { _ = try read(&spout) } == .lineTooLong)
    }
}
