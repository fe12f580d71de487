import WeirStore

extension StoredType {
    /// The bytes of a key that is given as words, one for each part.
    func key(_ words: [String]) throws -> [UInt8] {
        guard words.count == parts else {
            throw CommandFailure(
                .usage,
                "The key has \(parts) \(parts == 1 ? "part" : "parts") (\(self)), \(words.count) were given: give one word for each.")
        }
        var rest = words[...]
        return try encoded(&rest)
    }

    private func encoded(_ words: inout ArraySlice<String>) throws -> [UInt8] {
        if case .pair(let first, let second) = self {
            let head = try first.encoded(&words)
            let tail = try second.encoded(&words)
            return (first.size == nil ? Pair<[UInt8], [UInt8]>.prefix(head) : head) + tail
        }
        let word = words.removeFirst()
        return switch self {
        case .u32: try number(word, UInt32.self).withStorageBytes(Array.init)
        case .u64, .transactionID: try number(word, UInt64.self).withStorageBytes(Array.init)
        case .i64: try number(word, Int64.self).withStorageBytes(Array.init)
        case .bytes, .other: try bytes(word)
        default: Array(word.utf8)
        }
    }

    private func number<I: FixedWidthInteger>(_ word: String, _ type: I.Type) throws -> I {
        guard let value = I(word) else {
            throw CommandFailure(.usage, "\(String(reflecting: word)) is no \(self) key: give a number from \(I.min) to \(I.max).")
        }
        return value
    }

    /// `0x...` is hexadecimal, as it is printed; anything else is its UTF-8.
    private func bytes(_ word: String) throws -> [UInt8] {
        guard word.hasPrefix("0x") else { return Array(word.utf8) }
        let digits = Array(word.utf8.dropFirst(2))
        // What reads a number would take a sign for a digit.
        let isSigned = digits.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { index in
            index + 1 < digits.count && !isSigned ? UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) : nil
        }
        guard bytes.allSatisfy({ $0 != nil }) else {
            throw CommandFailure(.usage, "\(word) is not hexadecimal: give two digits for each byte after 0x.")
        }
        return bytes.compactMap(\.self)
    }
}

extension StoredType: CustomStringConvertible {
    var description: String {
        switch self {
        case .string: String.storageName
        case .bytes: [UInt8].storageName
        case .u32: UInt32.storageName
        case .u64: UInt64.storageName
        case .i64: Int64.storageName
        case .transactionID: TransactionID.storageName
        case .f64: Double.storageName
        case .truth: Bool.storageName
        case .pair(let first, let second): "pair(\(first),\(second))"
        case .other(let name): name
        }
    }
}
