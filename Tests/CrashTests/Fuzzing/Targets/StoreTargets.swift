import SystemPackage

@testable import LMDB
@testable import WeirStore

extension FuzzTarget {
    static let store: [FuzzTarget] = [
        record, tally, tableTypes, identityMarker, liveStatistics, storeHead, readerTable,
        .key("string", ["", "weir", "\u{1F30A}"]), .value("i64", [Int64.min, -1, 0, .max]), .value("f64", [0, -1.5, .infinity, .nan]),
        .value("bool", [false, true]), .key("pair-string-u32", [Pair("orders", UInt32(7)), Pair("a\0b", 0), Pair("", .max)]),
        .key("pair-nested", [Pair("t", Pair(UInt64(5), UInt32(1)))]), .key("pair-strings", [Pair("a", "b"), Pair("\0", "\0")]),
    ]

    /// `[key length u8][table number u32][key][stored record]`
    private static let record = FuzzTarget(
        name: "record",
        seeds: {
            let key = Array("key".utf8)
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Record.headerBytes + 5, alignment: 8)
            defer { room.deallocate() }
            _ = key.withUnsafeBytes { key in
                Array("value".utf8).withUnsafeBytes {
                    Record.write($0, for: key, by: TransactionID(rawValue: 42), seed: Record.seed(table: 16), into: room)
                }
            }
            return [[3, 16, 0, 0, 0] + key + [UInt8](room)]
        }
    ) { bytes in
        guard bytes.count >= 5 else { return }
        let keyBytes = min(Int(bytes[0]), bytes.count - 5)
        let seed = Record.seed(table: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
        let key = UnsafeRawBufferPointer(rebasing: bytes[5..<5 + keyBytes])
        let stored = UnsafeRawBufferPointer(rebasing: bytes[(5 + keyBytes)...])
        if let record = Record.open(stored, for: key, seed: seed) {
            try FuzzFailure.require(record.crc == Record.storedChecksum(stored), "the checksum is another one")
            try FuzzFailure.require(record.payload.count == stored.count - Record.headerBytes, "the payload is cut")
        }
        // What is written over these bytes can be opened, and under no other key.
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Record.headerBytes + stored.count, alignment: 8)
        defer { room.deallocate() }
        let crc = Record.write(stored, for: key, by: TransactionID(rawValue: UInt64(keyBytes)), seed: seed, into: room)
        let opened = Record.open(UnsafeRawBufferPointer(room), for: key, seed: seed)
        try FuzzFailure.require(opened?.crc == crc && opened?.payload.elementsEqual(stored) == true, "what was written cannot be opened")
        if !key.isEmpty {
            let other = UnsafeRawBufferPointer(rebasing: key.dropLast())
            try FuzzFailure.require(Record.open(UnsafeRawBufferPointer(room), for: other, seed: seed) == nil, "it opens under another key")
        }
    }

    private static let tally = FuzzTarget(name: "tally", seeds: { [[UInt8](repeating: 1, count: 16)] }) { bytes in
        guard let tally = Tally(bytes) else { return try FuzzFailure.require(bytes.count != Tally.bytes, "refused") }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Tally.bytes, alignment: 8)
        defer { room.deallocate() }
        tally.write(into: room)
        try FuzzFailure.require(room.elementsEqual(bytes), "\(tally) came back otherwise")
        var changed = tally
        changed.add(UInt32(truncatingIfNeeded: tally.digest))
        changed.remove(UInt32(truncatingIfNeeded: tally.digest))
        try FuzzFailure.require(changed == tally, "adding and removing is not nothing")
    }

    private static let tableTypes = FuzzTarget(
        name: "table-types",
        seeds: { [(try? TableTypes(key: "string", value: "pair(u64,bytes)").encoded(number: 17)) ?? []] }
    ) { bytes in
        guard let (number, types) = TableTypes.decode(bytes) else { return }
        guard let encoded = try? types.encoded(number: number) else {
            return try FuzzFailure.require(
                !(1...200).contains(types.key.utf8.count) || !(1...200).contains(types.value.utf8.count), "\(types)")
        }
        try FuzzFailure.require(encoded.elementsEqual(bytes), "\(types) has two encodings")
    }

    private static let identityMarker = FuzzTarget(
        name: "identity-marker",
        seeds: { [true, false].map { Array(IdentityMarker(identity: Array(0..<16), isComplete: $0).text.utf8) } }
    ) { bytes in
        guard let marker = try? IdentityMarker.parse([UInt8](bytes), at: "weir.identity") else { return }
        let again = try IdentityMarker.parse(Array(marker.text.utf8), at: "weir.identity")
        try FuzzFailure.require(again == marker && marker.identity.count == 16, "\(marker) came back as \(again)")
        // Letters of either case, and lines after the last one, are forgiven; nothing else is.
        let canonical = String(decoding: bytes, as: UTF8.self).lowercased().hasPrefix(String(marker.text.dropLast()))
        try FuzzFailure.require(canonical, "\(String(decoding: bytes, as: UTF8.self).debugDescription) was taken for \(marker.text)")
    }

    /// The words; the checksum is put behind them, so that more than the checksum is tested.
    private static let liveStatistics = FuzzTarget(
        name: "live-statistics",
        seeds: {
            var latency = CommitLatency()
            for shift in 0..<60 as Range<UInt64> { latency.add(nanoseconds: 1 << shift) }
            let live = LiveStatistics(
                process: 1, epoch: 2, transactionID: TransactionID(rawValue: 3), commits: 4, writes: 5, failedWrites: 6, failedCommits: 7,
                latency: latency)
            return [LiveFile.encode(live).dropLast(4)]
        }
    ) { bytes in
        _ = LiveFile.decode(bytes)
        var file = [UInt8](bytes.prefix(LiveFile.bytes - 4))
        file += [UInt8](repeating: 0, count: LiveFile.bytes - 4 - file.count)
        let crc = file.withUnsafeBytes { CRC32C.checksum($0) }
        withUnsafeBytes(of: crc.littleEndian) { file += [UInt8]($0) }
        guard let live = file.withUnsafeBytes({ LiveFile.decode($0) }) else { return }
        for share in [-1, 0, 0.5, 0.99, 0.999, 1, 2, .infinity] { _ = live.latency.percentile(share) }
        _ = live.latency.since(CommitLatency())
        _ = CommitLatency().since(live.latency)
        let again = LiveFile.encode(live).withUnsafeBytes { LiveFile.decode($0) }
        try FuzzFailure.require(again == live, "\(live) came back otherwise")
    }

    private static let storeHead = FuzzTarget(
        name: "store-head", seeds: { [[UInt8](0..<24)] }
    ) { bytes in
        guard let head = StoreHead(payload: bytes, by: TransactionID(rawValue: 9)) else {
            return try FuzzFailure.require(bytes.count != StoreHead.bytes, "refused")
        }
        try FuzzFailure.require(head.payload.elementsEqual(bytes), "\(head) came back otherwise")
    }

    /// What LMDB prints of its reader table.
    private static let readerTable = FuzzTarget(
        name: "reader-table", seeds: { [Array("    pid     thread     txnid\n     12 7f00 4711\n  13 7f01 -\n".utf8)] }
    ) { bytes in
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        let readers = StoreStatistics.Reader.all(lines, newest: 5000)
        try FuzzFailure.require(readers.count <= lines.count, "more readers than lines")
    }
}
