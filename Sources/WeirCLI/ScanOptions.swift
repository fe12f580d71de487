import ArgumentParser
import WeirStore

/// Which records a scan prints.
struct ScanOptions: ParsableArguments {
    @Option(name: .long, help: "Only keys that begin with these bytes (text, or hexadecimal after 0x).")
    var prefix: String?

    @Option(name: .long, help: "Begins at this key; a key of several parts is given with a comma between them.")
    var from: String?

    @Option(name: .long, help: "Ends before this key.")
    var upTo: String?

    @Option(name: .long, help: "Prints at most so many records.")
    var limit: Int?

    @Flag(help: "Begins with the last key.")
    var reverse = false

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit is \(limit); give a number that is not negative.") }
        if prefix != nil, from != nil || upTo != nil { throw ValidationError("Give either --prefix, or --from and --up-to.") }
    }

    func bounds(_ type: StoredType) throws -> ScanBounds {
        func key(_ text: String?) throws -> [UInt8]? {
            try text.map {
                try type.key(type.parts == 1 ? [$0] : $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
            }
        }
        var bounds = ScanBounds(lower: try key(from), upper: try key(upTo), reverse: reverse, limit: limit)
        if let prefix {
            let bytes = try StoredType.bytes.key([prefix])
            bounds.lower = bytes
            bounds.upper = ScanBounds.successor(of: bytes)
        }
        return bounds
    }
}

/// From `lower` on, before `upper`, at most `limit` records.
struct ScanBounds {
    var lower: [UInt8]?
    var upper: [UInt8]?
    var reverse: Bool
    var limit: Int?

    /// The first bytes after everything that begins with `prefix`; nil where there is no end.
    static func successor(of prefix: [UInt8]) -> [UInt8]? {
        var bytes = prefix
        while let last = bytes.popLast() {
            if last < 0xFF { return bytes + [last + 1] }
        }
        return nil
    }

    func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        if let lower, key.lexicographicallyPrecedes(lower) { return false }
        if let upper, !key.lexicographicallyPrecedes(upper) { return false }
        return true
    }
}

extension StoreTransaction {
    /// The records within the bounds. Keys, values and what they were written by, borrowed for the call.
    borrowing func scanRaw(
        _ table: RawTable, _ bounds: ScanBounds, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, TransactionID) throws -> Void
    ) throws {
        var left = bounds.limit ?? .max
        guard left > 0 else { return }
        func visit(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ id: TransactionID) throws -> ScanStep {
            // In reverse the scan begins at the upper bound, which does not belong to it.
            guard bounds.contains(key) else {
                return bounds.reverse && bounds.upper.map { !key.lexicographicallyPrecedes($0) } == true ? .next : .stop
            }
            try body(key, value, id)
            left -= 1
            return left > 0 ? .next : .stop
        }
        guard let start = bounds.reverse ? bounds.upper : bounds.lower, !start.isEmpty else {
            return try scanRaw(table, reverse: bounds.reverse, visit)
        }
        try start.withUnsafeBytes { try scanRaw(table, from: $0, reverse: bounds.reverse, visit) }
    }
}
