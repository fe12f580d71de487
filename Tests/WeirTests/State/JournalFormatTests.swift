import Testing
import WeirStore
import WeirTesting

@testable import Weir

@Suite("The journal's bytes")
struct JournalFormatTests {
    @Test("entries come back as they were written, whatever the key and the value", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var buffer = JournalBuffer()
        var written: [(state: UInt32, key: [UInt8], value: [UInt8]?)] = []
        var state: UInt32 = 0
        for number in 0..<500 {
            if number % 50 == 0 {
                state = UInt32(truncatingIfNeeded: random.next())
                buffer.begin(state: state)
            }
            let key = random.bytes(1 + random.below(number % 20 == 0 ? 511 : 20))
            let value: [UInt8]? =
                switch random.below(5) {
                case 0: nil
                case 1: Self.bytes(Int64(truncatingIfNeeded: random.next()) >> Int64(random.below(64)))
                case 2: Self.bytes([0, 1, -1, .max, .min][random.below(5)])
                default: random.bytes(random.below(number % 30 == 0 ? 70_000 : 30))
                }
            append(key, value, to: &buffer)
            written.append((state, key, value))
        }
        var reader = JournalReader(buffer.bytes)
        for (state, key, value) in written {
            let entry = try #require(try reader.next(), "seed \(seed)")
            #expect(entry.state == state && Array(entry.key) == key, "seed \(seed)")
            #expect(entry.withValue { $0.map { Array($0) } } == value, "seed \(seed)")
        }
        #expect(try reader.next() == nil)
    }

    @Test("a counter takes few bytes")
    func compact() {
        var buffer = JournalBuffer()
        buffer.begin(state: 1)
        let begin = buffer.count
        append(Array("weir".utf8), Self.bytes(1_000), to: &buffer)
        #expect(buffer.count - begin == 1 + 4 + 2)
    }

    @Test("garbage and truncations are typed errors, never traps", arguments: [1, 2, 3, 4] as [UInt64])
    func garbage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<3_000 {
            var bytes = random.bytes(random.below(60))
            // Half of them begin as entries do.
            if round % 2 == 0 {
                var buffer = JournalBuffer()
                buffer.begin(state: 1)
                append(random.bytes(1 + random.below(5)), random.bytes(random.below(20)), to: &buffer)
                append(random.bytes(1 + random.below(5)), Self.bytes(Int64(round)), to: &buffer)
                bytes = Array(buffer.bytes.prefix(random.below(buffer.count + 1))) + bytes.prefix(random.below(8))
            }
            bytes.withUnsafeBytes { bytes in
                var reader = JournalReader(bytes)
                do throws(StateError) {
                    while let entry = try reader.next() { _ = entry.withValue { $0?.count } }
                } catch {
                    #expect(error.code == .corrupt, "seed \(seed)")
                }
            }
        }
    }

    @Test("numbers that do not end or do not fit are errors")
    func numbers() {
        func read(_ bytes: [UInt8]) -> StateError.Code? {
            bytes.withUnsafeBytes { bytes in
                var reader = JournalReader(bytes)
                do throws(StateError) {
                    while try reader.next() != nil {}
                    return nil
                } catch { return error.code }
            }
        }
        #expect(read([]) == nil)
        #expect(read([4]) == nil, "a state without entries")
        #expect(read([5, 65]) == .corrupt, "an entry without a state")
        #expect(read([4, 1]) == .corrupt, "an empty key")
        #expect(read([4, 0x81]) == .corrupt)
        #expect(read([4] + [UInt8](repeating: 0xFF, count: 20)) == .corrupt)
        #expect(read([UInt8](repeating: 0x80, count: 9) + [2]) == .corrupt, "65 bits")
        #expect(read([4, 5, 65, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]) == .corrupt, "a value as long as memory")
        #expect(read([4, 0x81, 0x10] + [UInt8](repeating: 1, count: 600)) == .corrupt, "a key of 512 bytes")
    }

    @Test("chunks that do not fit together are typed errors")
    func chunks() throws {
        func chunk(
            _ chunk: UInt32, _ chunks: UInt32, _ length: UInt32, _ sequence: UInt64, incarnation: UInt64 = 1, _ payload: Int
        ) -> [UInt8] {
            var bytes = [UInt8](repeating: 4, count: JournalRowHeader.bytes + payload)
            bytes.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                JournalRowHeader(chunk: chunk, chunks: chunks, length: length, incarnation: incarnation, sequence: sequence).write(to: base)
            }
            return bytes
        }
        func rows(_ chunks: [(UInt64, UInt32, [UInt8])]) -> Int? {
            var tail = JournalTail()
            var taken: [Int] = []
            do throws(StateError) {
                for (id, number, bytes) in chunks {
                    var failure: StateError?
                    bytes.withUnsafeBytes { bytes in
                        do throws(StateError) { try tail.append(id, number, bytes) { taken.append($0.count) } } catch { failure = error }
                    }
                    if let failure { throw failure }
                }
                try tail.finish()
                #expect(taken == tail.rows.map { Int($0.header.length) }, "each row's entries, once")
                return tail.rows.count
            } catch {
                return error.code == .corrupt ? nil : -1
            }
        }
        #expect(rows([(5, 0, chunk(0, 2, 6, 1, 4)), (5, 1, chunk(1, 2, 6, 1, 2)), (5, 2, chunk(0, 1, 1, 2, 1))]) == 2)
        #expect(
            rows([
                (5, 0, chunk(0, 2, 6, 1, 4)), (5, 1, chunk(1, 2, 6, 1, 2)), (6, 0, chunk(0, 2, 5, 2, 4)), (6, 1, chunk(1, 2, 5, 2, 1)),
            ]) == 2)
        #expect(rows([(5, 7, chunk(0, 1, 1, 1, 1)), (9, 0, chunk(0, 1, 0, 0, incarnation: 3, 0))]) == 2, "earlier rows were deleted")
        #expect(rows([(5, 0, chunk(0, 2, 6, 1, 4))]) == nil, "the end is missing")
        #expect(rows([(5, 1, chunk(1, 2, 6, 1, 2))]) == nil, "the beginning is missing")
        #expect(rows([(5, 0, chunk(0, 2, 9, 1, 4)), (5, 1, chunk(1, 2, 9, 1, 2))]) == nil, "bytes are missing")
        #expect(rows([(5, 0, chunk(0, 1, 1, 1, 1)), (6, 0, chunk(0, 1, 1, 3, 1))]) == nil, "a row is missing")
        #expect(rows([(5, 0, chunk(0, 1, 1, 1, 1)), (6, 1, chunk(0, 1, 1, 2, 1))]) == nil, "a chunk number is missing")
        #expect(rows([(5, 0, chunk(0, 1, 1, 1, 1)), (5, 2, chunk(0, 1, 1, 2, 1))]) == nil, "a chunk number is missing")
        #expect(rows([(5, 0, chunk(0, 3, 6, 1, 2)), (5, 1, chunk(2, 3, 6, 1, 2))]) == nil, "a chunk in the middle is missing")
        #expect(rows([(5, 0, chunk(3, 2, 6, 1, 2))]) == nil)
        #expect(rows([(5, 0, Array(chunk(0, 1, 1, 1, 1).prefix(20)))]) == nil)
        #expect(rows([(5, 0, [9] + chunk(0, 1, 1, 1, 1).dropFirst())]) == nil, "another version")
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 { #expect(rows([(1, 0, random.bytes(random.below(80)))]) != -1) }
    }

    private static func bytes(_ number: Int64) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) } }

    private func append(_ key: [UInt8], _ value: [UInt8]?, to buffer: inout JournalBuffer) {
        key.withUnsafeBytes { key in
            guard let value else { return buffer.append(key, nil) }
            value.withUnsafeBytes { buffer.append(key, $0) }
        }
    }
}
