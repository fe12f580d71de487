/// One change in the journal: the absolute new value of a key of a state, or that the key is gone.
///
/// Bytes of an entry: a varint `length << 2 | operation`, then
/// - 0, state: nothing; `length` is the number of the state that the following entries belong to
/// - 1, put: key, varint value length, value
/// - 2, remove: key
/// - 3, counter: key, varint of the value's 8 bytes as a zigzag-coded number; used where that is shorter
package struct JournalEntry {
    enum Operation: UInt64 { case state, put, remove, counter }

    package enum Content {
        case removed
        case bytes(UnsafeRawBufferPointer)
        case counter(UInt64)
    }

    package let state: UInt32
    /// Borrowed from what is being read.
    package let key: UnsafeRawBufferPointer
    package let content: Content

    /// Nil stands for a removal.
    func withValue<R>(_ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
        switch content {
        case .removed: try body(nil)
        case .bytes(let bytes): try body(bytes)
        case .counter(let number): try withUnsafeBytes(of: number.littleEndian) { try body($0) }
        }
    }
}

/// Reads entries from bytes that may be anything: every length is checked, and what cannot be is a typed error.
package struct JournalReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    private var state: UInt32?

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next change, nil at the end. O(1) and no copy.
    package mutating func next() throws(StateError) -> JournalEntry? {
        while offset < bytes.count {
            let begin = offset
            let head = try varint()
            guard let operation = JournalEntry.Operation(rawValue: head & 3) else { throw damage(begin, "has an unknown operation") }
            guard operation != .state else {
                guard let number = UInt32(exactly: head >> 2) else { throw damage(begin, "names no state") }
                state = number
                continue
            }
            guard let state else { throw damage(begin, "comes before any state was named") }
            guard head >> 2 >= 1, head >> 2 <= UInt64(StateLimits.keyBytes) else { throw damage(begin, "has a key of \(head >> 2) bytes") }
            let key = try take(head >> 2)
            switch operation {
            case .remove: return JournalEntry(state: state, key: key, content: .removed)
            case .counter:
                let coded = try varint()
                let number = (coded >> 1) ^ (0 &- (coded & 1))
                return JournalEntry(state: state, key: key, content: .counter(number))
            default: return JournalEntry(state: state, key: key, content: .bytes(try take(try varint())))
            }
        }
        return nil
    }

    private mutating func take(_ count: UInt64) throws(StateError) -> UnsafeRawBufferPointer {
        guard count <= UInt64(bytes.count - offset) else {
            throw damage(offset, "needs \(count) bytes where \(bytes.count - offset) are left")
        }
        let taken = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)])
        offset += Int(count)
        return taken
    }

    private mutating func varint() throws(StateError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            guard shift < 63 || (shift == 63 && byte <= 1) else { break }
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw damage(offset, "holds a number that does not end")
    }

    private func damage(_ place: Int, _ what: String) -> StateError {
        .corrupt("An entry of the state journal at byte \(place) of \(bytes.count) \(what).")
    }
}
