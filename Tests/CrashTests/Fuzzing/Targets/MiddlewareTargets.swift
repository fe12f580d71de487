import WeirStore

@testable import Weir

extension FuzzTarget {
    private static let mark = ExpiryMark(position: 3, time: 4)

    static let middleware: [FuzzTarget] = [
        journalEntries, journalTail, rowDecoder,
        .value(
            "stored-response",
            [
                StoredResponse(
                    time: Timestamp(rawValue: 1), mark: mark, inputDigest: [1, 2], type: "u64", output: [0, 0, 0, 0, 0, 0, 0, 9]),
                StoredResponse(time: Timestamp(rawValue: 1), mark: mark, inputDigest: nil, type: "string", output: []),
            ]),
        .value("producer-row", producerRows),
        .key(
            "producer-key",
            [
                ProducerKey("gate", .nextID), ProducerKey("gate", .name("device")), ProducerKey("", .registration(7)),
                ProducerKey("gate", .registered(7, partition: 1)), ProducerKey("gate", .selfNumbered(8, partition: 2)),
            ]),
        .value(
            "dead-letter",
            [
                DeadLetter(
                    source: "lines", partition: 1, offset: 10, next: 20, component: "split", reason: "no such word", attempts: 3,
                    time: Timestamp(rawValue: 5), row: [1, 2, 3])
            ], normalized: { $0.limited(rowBytes: .max) }),
        .value("batch-row", [BatchRow.progress(BatchProgress(epoch: 1, committed: BatchID(rawValue: 2))), .definition([1, 2, 3])]),
        .value("transactional-value", [TransactionalValue(batch: BatchID(rawValue: 1), current: "now")]),
        .value(
            "opaque-value",
            [
                OpaqueValue(batch: BatchID(rawValue: 2), previous: "before", current: "now"),
                OpaqueValue(batch: BatchID(rawValue: 2), previous: nil, current: ""),
            ]),
        .value("counter", [Counter(0), Counter(.min)]),
    ]

    private static var producerRows: [ProducerRow] {
        var registration = ProducerRegistration(producer: 5, epoch: 6)
        registration.continuedFrom = 4
        return [.nextID(3), .name(4), .registration(registration, name: "device", mark: mark)] + [[1, 2, 3], []].map(sequence)
    }

    /// A state after some batches, one of which was answered with bytes.
    private static func sequence(_ answer: [UInt8]) -> ProducerRow {
        var bytes: [UInt8] = [1, 0, 0, 0] + [9, 0, 0, 0, 0, 0, 0, 0] + [2]
        bytes += [0, 0, 0, 0] + [4, 0, 0, 0] + [0] + [7, 0, 0, 0, 0, 0, 0, 0]
        bytes += [4, 0, 0, 0] + [5, 0, 0, 0] + [1] + [UInt8(answer.count), 0, 0, 0] + answer
        return bytes.withUnsafeBytes { bytes in
            var decoder = RowDecoder(bytes, "seed")
            guard let state = try? ProducerState(from: &decoder) else { preconditionFailure("The seed is a state.") }
            return .sequence(state, lastSeen: Timestamp(rawValue: 1), mark: mark)
        }
    }

    /// The entries of a journal row: what is read is appended to a buffer again, and must be read from there as it was.
    private static let journalEntries = FuzzTarget(
        name: "journal-entries",
        seeds: {
            var buffer = JournalBuffer()
            buffer.begin(state: 1)
            Array("weir".utf8).withUnsafeBytes { key in
                for value: [UInt8]? in [[1, 2, 3], nil, [9, 0, 0, 0, 0, 0, 0, 0]] {
                    if let value { value.withUnsafeBytes { buffer.append(key, $0) } } else { buffer.append(key, nil) }
                }
            }
            return [Array(buffer.bytes)]
        }
    ) { bytes in
        var reader = JournalReader(bytes)
        var buffer = JournalBuffer()
        var state: UInt32?
        var count = 0
        do {
            while let entry = try reader.next() {
                if state != entry.state { buffer.begin(state: entry.state) }
                state = entry.state
                entry.withValue { buffer.append(entry.key, $0) }
                count += 1
            }
        } catch is StateError {}
        var (first, second) = (JournalReader(bytes), JournalReader(buffer.bytes))
        for _ in 0..<count {
            let (a, b) = (try first.next(), try second.next())
            let isSame = a?.state == b?.state && a.map { Array($0.key) } == b.map { Array($0.key) } && Self.value(a) == Self.value(b)
            try FuzzFailure.require(isSame, "an entry came back otherwise")
        }
        var overlay = StateOverlay()
        try? overlay.apply(bytes)
        try FuzzFailure.require(overlay.count <= bytes.count, "more keys than bytes")
    }

    private static func value(_ entry: JournalEntry?) -> [UInt8]? { entry?.withValue { $0.map { [UInt8]($0) } } ?? nil }

    /// Chunks: each `[transaction ID step u8][chunk u8][length u8][bytes]`.
    private static let journalTail = FuzzTarget(
        name: "journal-tail",
        seeds: {
            let header = JournalRowHeader(chunk: 0, chunks: 2, length: 4, incarnation: 1, sequence: 0)
            var second = header
            second.chunk = 1
            return [
                [header, second].flatMap { header in
                    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: JournalRowHeader.bytes, alignment: 8)
                    defer { room.deallocate() }
                    guard let base = room.baseAddress else { return [UInt8]() }
                    header.write(to: base)
                    return [header.chunk == 0 ? 1 : 0, UInt8(header.chunk), UInt8(JournalRowHeader.bytes + 2)] + [UInt8](room) + [4, 1]
                }
            ]
        }
    ) { bytes in
        var tail = JournalTail()
        var overlay = StateOverlay()
        var lengths: [Int] = []
        var offset = 0
        var id: UInt64 = 0
        do {
            while offset + 3 <= bytes.count {
                id &+= UInt64(bytes[offset])
                let end = min(bytes.count, offset + 3 + Int(bytes[offset + 2]))
                let chunk = UnsafeRawBufferPointer(rebasing: bytes[offset + 3..<end])
                try tail.append(id, UInt32(bytes[offset + 1]), chunk) { (entries) throws(StateError) in
                    lengths.append(entries.count)
                    // Entries are walked, or refused.
                    do throws(StateError) { try overlay.apply(entries) } catch {}
                }
                offset = end
            }
            try tail.finish()
        } catch is StateError { return }
        try FuzzFailure.require(lengths == tail.rows.map { Int($0.header.length) }, "a row is not as long as it says")
    }

    /// Each byte says what is read next.
    private static let rowDecoder = FuzzTarget(
        name: "row-decoder", seeds: { [[1, 0, 2, 3, 1, 0, 65, 4, 5, 0, 0, 0, 1, 2, 3, 4, 5]] }
    ) { bytes in
        var decoder = RowDecoder(bytes, "fuzz")
        do {
            while decoder.remaining > 0 {
                let before = decoder.remaining
                switch try decoder.integer(UInt8.self) % 7 {
                case 0: _ = try decoder.integer(UInt16.self)
                case 1: _ = try decoder.integer(UInt32.self)
                case 2: _ = try decoder.integer(UInt64.self)
                case 3: try FuzzFailure.require(try decoder.text().utf8.count <= before, "a text longer than the bytes")
                case 4: try FuzzFailure.require(try decoder.blob().count <= before, "a blob longer than the bytes")
                case 5: try decoder.version(1)
                default: try FuzzFailure.require(decoder.rest().count < before, "a rest longer than the bytes")
                }
            }
            try decoder.end()
        } catch is DecodingFailure {}
    }
}
