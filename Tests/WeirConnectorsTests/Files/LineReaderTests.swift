import SystemPackage
import Testing
import WeirTesting

@testable import WeirConnectors

@Suite("Lines of a file")
struct LineReaderTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func reader(
        _ file: FilePath, from offset: UInt64 = 0, fingerprint: [UInt8] = [], follows: Bool = false, block: Int = 16, longest: Int = 1000
    ) throws -> LineReader {
        try LineReader(
            file, from: offset, fingerprint: fingerprint, follows: follows,
            limits: .init(blockBytes: block, maximumLineBytes: longest))
    }

    @Test(
        "lines come without their ends, empty ones are lines, a last one without newline counts",
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]),
            ("\n\nx\n", ["", "", "x"]),
            ("a\rb\n", ["a\rb"]), ("a\r\r\n", ["a\r"]), ("a\r", ["a"]),
            ("0123456789abcdef\n0123456789abcde\nxyz", ["0123456789abcdef", "0123456789abcde", "xyz"]),
        ])
    func lines(text: String, expected: [String]) throws {
        let reading = try reader(try folder.write(text)).readAll()
        #expect(reading.texts == expected)
        #expect(reading.next == UInt64(text.utf8.count), "the last offset is the end of the file")
    }

    @Test("bytes that are no UTF-8 pass as they are")
    func invalidBytes() throws {
        let bytes: [UInt8] = [0xFF, 0xC0, 0x80, 0x00, 0x0A, 0xED, 0xA0, 0x80, 0x0A]
        #expect(try reader(try folder.write(bytes)).readAll().lines == [[0xFF, 0xC0, 0x80, 0x00], [0xED, 0xA0, 0x80]])
    }

    @Test("garbage of any shape, read in blocks of any size and stopped anywhere, gives the same lines", arguments: 0..<40 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet: [UInt8] = [0x0A, 0x0D, 0x41, 0xC3, 0x00, 0xFF]
        let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
        let file = try folder.write(bytes)
        // The oracle: cut at newlines, then one CR off each end.
        var expected = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            $0.last == 0x0D ? Array($0.dropLast()) : Array($0)
        }
        if bytes.isEmpty || bytes.last == 0x0A { expected.removeLast() }

        var lines: [[UInt8]] = []
        var at: UInt64 = 0
        var fingerprint: [UInt8] = []
        while true {
            let reader = try reader(file, from: at, fingerprint: fingerprint, block: Int.random(in: 1...64, using: &random))
            let some = try reader.readAll(Int.random(in: 1...9, using: &random), from: at)
            if some.lines.isEmpty { break }
            lines += some.lines
            at = some.next
            fingerprint = try reader.fingerprint(upTo: at)
            if Bool.random(using: &random) { reader.rest() }
        }
        #expect(lines == expected, "seed \(seed)")
        #expect(at == UInt64(bytes.count), "seed \(seed)")
    }

    @Test("a line as long as the limit is a line, one byte more is refused and nothing is cut", arguments: [1, 7, 64], ["\n", "\r\n", ""])
    func longLine(block: Int, end: String) throws {
        let file = try folder.write("a\n" + String(repeating: "x", count: 50) + end)
        #expect(try reader(file, block: block, longest: 50).readAll().lines.map(\.count) == [1, 50])
        let tight = try reader(file, block: block, longest: 49)
        #expect(try tight.readAll(1).texts == ["a"])
        #expect(FileError.Code.thrown { _ = try tight.readAll() } == .lineTooLong)
    }

    @Test("following: a line without newline waits for it, and more bytes are more lines")
    func follows() throws {
        let file = try folder.write("a\nb")
        let reader = try reader(file, follows: true)
        #expect(try reader.readAll() == Reading(lines: [[0x61]], next: 2, waits: true))
        try folder.append("c\r", to: file)
        #expect(try reader.readAll(from: 2) == Reading(next: 2, waits: true))
        try folder.append("\nd\n", to: file)
        #expect(try reader.readAll().texts == ["bc", "d"])
    }

    @Test("a finite run ends where the file ended when it began")
    func finite() throws {
        let file = try folder.write("a\nb")
        let reader = try reader(file)
        try folder.append("c\nd\n", to: file)
        #expect(try reader.readAll().texts == ["a", "b"])
        try reader.move(to: 0)
        #expect(try reader.readAll().texts == ["a", "b"], "and a replay is the same")
    }

    @Test("a file cut off while it is read is refused", arguments: [false, true])
    func cutOff(follows: Bool) throws {
        let file = try folder.write("aaaa\nbbbb\ncccc\n")
        let reader = try reader(file, follows: follows, block: 5)
        _ = try reader.readAll(2)
        let handle = try FileDescriptor.open(file, .writeOnly)
        try handle.closeAfter { try handle.resize(to: 5) }
        #expect(FileError.Code.thrown { _ = try reader.readAll() } == .truncated)
    }

    @Test("a file replaced while it rests is refused")
    func replacedAtRest() throws {
        let file = try folder.write("a\nb\n")
        let reader = try reader(file)
        _ = try reader.readAll(1)
        reader.rest()
        #expect(!reader.isOpen)
        let other = try folder.write("a\nb\n", to: "b.txt")
        try folder.rename(other, to: file)
        #expect(FileError.Code.thrown { _ = try reader.readAll() } == .replaced)
    }
}
