import Testing
import WeirTesting

@testable import WeirTopology

@Suite("Rows")
struct RowTests {
    /// The fields of a row as they are stored: [u16 count][fields].
    static func encode(_ build: (inout RowWriter) -> Void) -> [UInt8] {
        let scratch = UnsafeMutablePointer<RowScratch>.allocate(capacity: 1)
        scratch.initialize(to: RowScratch(traceSize: 0, maximumRowBytes: 1 << 20))
        defer {
            scratch.pointee.deallocate()
            scratch.deallocate()
        }
        scratch.pointee.begin()
        var row = RowWriter(scratch)
        build(&row)
        let start = scratch.pointee.headerSize - RowLayout.fieldCountSize
        scratch.pointee.base.storeBytes(of: UInt16(scratch.pointee.fieldCount).littleEndian, toByteOffset: start, as: UInt16.self)
        return Array(UnsafeRawBufferPointer(start: scratch.pointee.base + start, count: scratch.pointee.count - start))
    }

    /// False when it is refused with the typed error.
    static func isValid(_ row: [UInt8]) -> Bool {
        row.withUnsafeBytes { bytes in
            do throws(TupleError) {
                try RowLayout.validate(fields: bytes)
                return true
            } catch {
                #expect(error.code == .malformed)
                return false
            }
        }
    }

    static func withTuple<R>(_ row: [UInt8], fields: [String], _ body: (borrowing Tuple) throws -> R) rethrows -> R {
        let shape = UnsafeMutablePointer<StreamShape>.allocate(capacity: 1)
        shape.initialize(to: StreamShape(component: "test", stream: "default", fields: fields))
        defer {
            shape.deinitialize(count: 1)
            shape.deallocate()
        }
        return try row.withUnsafeBytes { bytes in
            try body(Tuple(fields: bytes.baseAddress!, end: bytes.baseAddress! + bytes.count, shape: shape))
        }
    }

    @Test("what is written is read: every kind, by name and by position")
    func roundTrip() throws {
        let long = String(repeating: "weir ", count: 100)
        let row = Self.encode { row in
            row.append("word")
            row.append(-42)
            row.append(2.5)
            row.append(true)
            row.append([1, 2, 3] as [UInt8])
            row.append(Int?.none)
            row.append(long)
            row.append("")
        }
        #expect(Self.isValid(row))
        try Self.withTuple(row, fields: ["word", "int", "double", "bool", "bytes", "null", "long", "empty"]) { tuple in
            // Read outside of #expect: a tuple cannot be captured by the macro.
            let (count, encoded) = (tuple.count, Array(tuple.encoded))
            let (word, last, empty) = (try tuple["word"].string, try tuple["long"].string, try tuple["empty"].string)
            let (int, double, bool) = (try tuple[1].int, try tuple["double"].double, try tuple[3].bool)
            let (bytes, isNull) = (Array(try tuple[4].unsafeBytes), try tuple[5].isNull)
            #expect(count == 8)
            #expect(encoded == row)
            #expect(word == "word")
            #expect(last == long)
            #expect(empty.isEmpty)
            #expect(int == -42)
            #expect(double == 2.5)
            #expect(bool)
            #expect(bytes == [1, 2, 3])
            #expect(isNull)
        }
    }

    @Test("a field that is not there, or of another kind, is an error with its name in it")
    func wrongReads() {
        let row = Self.encode { $0.append("word") }
        #expect(throws: TupleError.self) { try Self.string(row, named: "count") }
        #expect(throws: TupleError.self) { try Self.int(row, at: 0) }
        #expect(throws: TupleError.self) { try Self.int(row, at: 1) }
        #expect(throws: TupleError.self) { try Self.int(row, at: -1) }
    }

    static func string(_ row: [UInt8], named name: String) throws -> String { try withTuple(row, fields: ["word"]) { try $0[name].string } }
    static func int(_ row: [UInt8], at index: Int) throws -> Int { try withTuple(row, fields: ["word"]) { try $0[index].int } }

    @Test("a row cut off anywhere, or with something after it, is refused")
    func cutOff() {
        let row = Self.encode { row in
            row.append(String(repeating: "x", count: 300))
            row.append(7)
        }
        for length in 0..<row.count {
            #expect(!Self.isValid(Array(row[..<length])))
        }
        #expect(!Self.isValid(row + [0]))
    }

    @Test("garbage is refused or is a row that can be read to its end")
    func garbage() {
        var random = SeededGenerator.random()
        let row = Self.encode { row in
            row.append("some text")
            row.append(3)
            row.append(false)
            row.append([9, 8] as [UInt8])
        }
        for _ in 0..<20_000 {
            var bytes = row
            if Bool.random(using: &random) {
                bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in UInt8.random(in: 0...9, using: &random) }
            } else {
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
                }
            }
            guard Self.isValid(bytes) else { continue }
            let lengths = try? Self.withTuple(bytes, fields: []) { tuple in
                var sum = 0
                for index in 0..<tuple.count { sum += try tuple[index].rawValue.count }
                return sum
            }
            #expect((lengths ?? .max) <= bytes.count, "\(random)")
        }
    }

    @Test("a length that does not fit is refused, not followed")
    func hugeLength() {
        for lengthBytes in [
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [UInt8](repeating: 0x80, count: 12), [0xFF, 0xFF, 0x7F],
        ]
            as [[UInt8]]
        {
            #expect(!Self.isValid([1, 0, 5] + lengthBytes))
        }
    }
}
