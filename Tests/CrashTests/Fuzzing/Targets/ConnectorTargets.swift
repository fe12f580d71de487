@testable import WeirConnectors

extension FuzzTarget {
    static let connectors: [FuzzTarget] = [fingerprint, lineBuffer]

    private static let fingerprint = FuzzTarget(
        name: "file-fingerprint", seeds: { [[1, 1] + [UInt8](0..<20)] }
    ) { bytes in
        guard let fingerprint = FileFingerprint(bytes: [UInt8](bytes)) else { return }
        try FuzzFailure.require(fingerprint.bytes.elementsEqual(bytes), "\(fingerprint) came back otherwise")
        try FuzzFailure.require(fingerprint.settledHead == nil || fingerprint.head.length == 4096, "a head that is not settled")
    }

    /// The first byte says how large the blocks are, the second how many bytes come at a time; the rest is the file.
    private static let lineBuffer = FuzzTarget(
        name: "line-buffer", seeds: { [[0, 3] + Array("one\ntwo\r\n\n\rthree".utf8), [200, 200] + Array("a\n".utf8)] }
    ) { bytes in
        guard bytes.count >= 2 else { return }
        let file = [UInt8](bytes[2...])
        let step = Int(bytes[1]) % 17 + 1
        var buffer = LineBuffer(blockBytes: Int(bytes[0]) % 32 + 1, maximumLineBytes: 64, offset: 0)
        var lines: [[UInt8]] = []
        var position = 0
        var isAtEnd = false
        while true {
            if let line = buffer.nextLine() ?? (isAtEnd ? buffer.rest() : nil) {
                lines.append([UInt8](line.bytes))
                let whole = file[Int(line.offset)..<Int(line.next)]
                try FuzzFailure.require(
                    whole.starts(with: line.bytes) && whole.count - line.bytes.count <= 2, "a line is not where it says")
                continue
            }
            guard !isAtEnd else { break }
            let from = position
            position += buffer.fill { room in
                let part = file[from..<min(file.count, from + min(step, room.count))]
                room.copyBytes(from: part)
                return part.count
            }
            try FuzzFailure.require(buffer.endOffset == UInt64(position), "it has read \(position) bytes and stands at \(buffer.endOffset)")
            isAtEnd = position == from
        }
        var expected = file.split(separator: 0x0A, omittingEmptySubsequences: false).map { $0.last == 0x0D ? $0.dropLast() : $0 }
        if file.isEmpty || file.last == 0x0A { expected.removeLast() }
        try FuzzFailure.require(lines == expected.map(Array.init), "\(file) became \(lines)")
    }
}
