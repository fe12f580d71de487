import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Values of batches")
struct StoredValueTests {
    private func batch(_ number: UInt64) -> BatchID { BatchID(rawValue: number) }

    /// Each batch is tried up to three times, with a content of its own each time; what counts is the last content of each.
    @Test("an opaque value is the sum of what each batch had in its last attempt")
    func opaque() throws {
        func explore(_ stored: OpaqueValue<Int>?, _ before: [Int], depth: Int) throws -> Int {
            guard depth > 0 else { return 1 }
            var tried = 0
            for content in 0...2 {
                // Another attempt of the newest batch.
                if let stored, let last = before.last {
                    let replayed = try OpaqueValue.updating(stored, in: batch(UInt64(before.count))) { ($0 ?? 0) + content * 10 }
                    #expect(replayed.current == before.dropLast().reduce(0, +) + content * 10, "\(before), batch of \(last) replayed")
                    tried += try explore(replayed, before.dropLast() + [content * 10], depth: depth - 1)
                }
                let next = try OpaqueValue.updating(stored, in: batch(UInt64(before.count + 1))) { ($0 ?? 0) + content }
                #expect(next.current == before.reduce(0, +) + content)
                #expect(next.previous == (before.isEmpty ? nil : before.reduce(0, +)))
                tried += try explore(next, before + [content], depth: depth - 1)
            }
            return tried
        }
        #expect(try explore(nil, [], depth: 5) > 1_000)
    }

    @Test("a transactional value counts a batch once, however often it is replayed")
    func transactional() throws {
        var stored: TransactionalValue<Int>?
        for number in UInt64(1)...5 {
            for _ in 0..<3 { stored = try TransactionalValue.updating(stored, in: batch(number)) { ($0 ?? 0) + Int(number) } }
        }
        #expect(stored == TransactionalValue(batch: batch(5), current: 15))
    }

    @Test("a batch that is behind the value is refused, and changes nothing")
    func behind() throws {
        let opaque = OpaqueValue(batch: batch(7), previous: 1, current: 2)
        let transactional = TransactionalValue(batch: batch(7), current: 2)
        for number in UInt64(0)..<7 {
            #expect(throws: ExactlyOnceError(.batchOutOfOrder, "")) { try OpaqueValue.updating(opaque, in: batch(number)) { _ in 9 } }
            #expect(throws: ExactlyOnceError(.batchOutOfOrder, "")) { try opaque.value(before: batch(number)) }
            #expect(throws: ExactlyOnceError(.batchOutOfOrder, "")) {
                try TransactionalValue.updating(transactional, in: batch(number)) { _ in 9 }
            }
        }
        #expect(try opaque.value(before: batch(7)) == 1)
        #expect(try opaque.value(before: batch(8)) == 2)
    }

    @Test("values are read as they were written, and damage is an error")
    func codecs() throws {
        func check<V: StorageValue & Equatable>(_ value: V) throws {
            let bytes = value.withStorageBytes { [UInt8]($0) }
            #expect(try bytes.withUnsafeBytes { try V(storageBytes: $0) } == value)
            for end in 0..<bytes.count {
                #expect(throws: DecodingFailure.self) { try bytes[..<end].withUnsafeBytes { try V(storageBytes: $0) } }
            }
        }
        try check(TransactionalValue(batch: batch(3), current: UInt64(9)))
        try check(OpaqueValue(batch: batch(3), previous: nil, current: UInt64(9)))
        try check(OpaqueValue(batch: batch(.max), previous: UInt64(4), current: UInt64(9)))
        #expect(OpaqueValue<UInt64>.storageName == "opaque(u64)")
        var random = SeededGenerator.random()
        for _ in 0..<5_000 {
            let bytes = [1] + (0..<Int.random(in: 0..<40, using: &random)).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
            _ = try? bytes.withUnsafeBytes { try OpaqueValue<String>(storageBytes: $0) }
            _ = try? bytes.withUnsafeBytes { try TransactionalValue<String>(storageBytes: $0) }
            _ = try? bytes.withUnsafeBytes { try BatchRow(storageBytes: $0) }
        }
    }
}
