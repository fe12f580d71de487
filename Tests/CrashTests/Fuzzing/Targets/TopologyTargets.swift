@testable import WeirTopology

extension FuzzTarget {
    static let topology: [FuzzTarget] = [
        FuzzTarget(
            name: "tuple-row",
            seeds: {
                [
                    [0, 0], [1, 0, 0, 0], [2, 0, 4, 4] + Array("weir".utf8) + [2, 8, 1, 0, 0, 0, 0, 0, 0, 0],
                    [3, 0, 1, 1, 1, 3, 8, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 5, 0],
                    [1, 0, 5, 0x80, 0x01] + [UInt8](repeating: 7, count: 128),
                ]
            }
        ) { bytes in
            do throws(TupleError) { try RowLayout.validate(fields: bytes) } catch { return }
            guard let start = bytes.baseAddress else { return }
            // What was found valid is read as a bolt reads it: every field, each way, never beyond the bytes.
            let count = Int(UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
            var end = start + RowLayout.fieldCountSize
            for index in 0..<min(count, 64) {
                let (tag, first, length) = RowLayout.field(index, from: start + RowLayout.fieldCountSize)
                try FuzzFailure.require(first >= end && first + length <= start + bytes.count, "field \(index) lies outside of the row")
                end = first + length
                let field = TupleField(kind: FieldKind(tag: tag), start: first, count: length)
                let read = [
                    field.isNull, (try? field.int) != nil, (try? field.double) != nil, (try? field.bool) != nil,
                    (try? field.unsafeBytes) != nil,
                ]
                try FuzzFailure.require(read.count { $0 } == 1, "field \(index) with tag \(tag) is \(read)")
                if tag >= 4 { _ = try field.string }
            }
            if count <= 64 { try FuzzFailure.require(end == start + bytes.count, "bytes follow the last field") }
        }
    ]
}
