import SystemPackage
import Testing

@testable import WeirConnectors

/// What happened to a file between two runs decides whether it may be read on.
@Suite("A file's fingerprint")
struct FileFingerprintTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func consume(
        _ file: FilePath, lines: Int = .max, from: UInt64 = 0, fingerprint: [UInt8] = [], follows: Bool = false
    ) throws -> (
        reading: Reading, fingerprint: [UInt8]
    ) {
        let reader = try LineReader(file, from: from, fingerprint: fingerprint, follows: follows, limits: .init())
        let reading = try reader.readAll(lines, from: from)
        return (reading, try reader.fingerprint(upTo: reading.next))
    }

    private func refusal(_ file: FilePath, from: UInt64, fingerprint: [UInt8], follows: Bool = false) -> FileError.Code? {
        FileError.Code.thrown { _ = try consume(file, from: from, fingerprint: fingerprint, follows: follows) }
    }

    @Test("an appended file goes on where it stopped, also one that was empty")
    func appended() throws {
        let file = try folder.write("")
        var (reading, fingerprint) = try consume(file)
        for round in 0..<3 {
            try folder.append("line \(round)\n", to: file)
            (reading, fingerprint) = try consume(file, from: reading.next, fingerprint: fingerprint)
            #expect(reading.texts == ["line \(round)"])
        }
    }

    @Test("a copy with the same bytes is the same file")
    func copied() throws {
        let text = String(repeating: "some words\n", count: 1000)
        let (reading, fingerprint) = try consume(try folder.write(text), lines: 700)
        let copy = try folder.write(text, to: "copy.txt")
        #expect(try consume(copy, from: reading.next, fingerprint: fingerprint).reading.lines.count == 300)
    }

    @Test("a truncated file is refused, also when it has grown again")
    func truncated() throws {
        let file = try folder.write("one\ntwo\nthree\n")
        let (reading, fingerprint) = try consume(file)
        try folder.write("one\ntwo\n")
        #expect(refusal(file, from: reading.next, fingerprint: fingerprint) == .truncated)
        try folder.write("one\ntwo\nfour\nfive\n")
        #expect(refusal(file, from: reading.next, fingerprint: fingerprint) == .replaced)
        try folder.write("")
        #expect(refusal(file, from: reading.next, fingerprint: fingerprint) == .truncated)
    }

    @Test("a replaced file is refused, whichever end it differs at", arguments: [0, 4095, 99_000, 99_999])
    func replaced(position: Int) throws {
        var bytes = [UInt8](repeating: 0x61, count: 100_000)
        for newline in stride(from: 9, to: bytes.count, by: 10) { bytes[newline] = 0x0A }
        let file = try folder.write(bytes)
        let (reading, fingerprint) = try consume(file)
        #expect(reading.next == 100_000)
        #expect(refusal(file, from: reading.next, fingerprint: fingerprint) == nil)
        bytes[position] ^= 1
        try folder.write(bytes)
        #expect(refusal(file, from: reading.next, fingerprint: fingerprint) == .replaced)
    }

    @Test("what was consumed without its newline may get it later, with or without CR", arguments: ["\n", "\r\n"], [false, true])
    func newlineLater(end: String, follows: Bool) throws {
        let file = try folder.write("a\nb")
        let (reading, fingerprint) = try consume(file)
        #expect(reading.next == 3)
        try folder.append(end + "c\n", to: file)
        let (rest, _) = try consume(file, from: 3, fingerprint: fingerprint, follows: follows)
        #expect(rest.texts == ["c"])
        #expect(rest.next == UInt64(5 + end.utf8.count))
    }

    @Test("what was consumed without its newline must not grow", arguments: ["c", "c\n", " \n", "\rc"], [false, true])
    func grownLine(more: String, follows: Bool) throws {
        let file = try folder.write("a\nb")
        let (reading, fingerprint) = try consume(file)
        try folder.append(more, to: file)
        #expect(refusal(file, from: reading.next, fingerprint: fingerprint, follows: follows) == .grownLine)
    }

    @Test("following from behind a line without newline waits")
    func waits() throws {
        let file = try folder.write("a\nb")
        let (reading, fingerprint) = try consume(file)
        let (rest, _) = try consume(file, from: reading.next, fingerprint: fingerprint, follows: true)
        #expect(rest == Reading(next: 3, waits: true))
    }

    @Test("its bytes are read back as they were written, and others are none")
    func codec() throws {
        let file = try OpenFile(try folder.write(String(repeating: "x", count: 5000)))
        let fingerprint = try FileFingerprint(of: file, upTo: 4999)
        #expect(fingerprint.bytes.count == FileFingerprint.size)
        #expect(FileFingerprint(bytes: fingerprint.bytes) == fingerprint)
        #expect(fingerprint.endsWithoutNewline)
        #expect(try FileFingerprint(of: file, upTo: 4999, head: fingerprint.settledHead) == fingerprint)
        #expect(FileFingerprint(bytes: Array(fingerprint.bytes.dropLast())) == nil)
        #expect(FileFingerprint(bytes: [9] + fingerprint.bytes.dropFirst()) == nil)
    }

    @Test("a stored fingerprint of another version is refused, not trusted")
    func otherVersion() throws {
        let file = try folder.write("a\nb\n")
        #expect(refusal(file, from: 2, fingerprint: [9, 9, 9]) == .replaced)
    }
}
