import Weir
package import WeirStore

/// What a store holds that matters to its users, as lines of text that can be compared.
///
/// Two runs that were disturbed differently make other transaction IDs and epochs, fold other keys at other times, and have other journals; what must be
/// equal is what these come to: user tables, keyed states, offsets with their fingerprints, dead letters.
package struct StoreContents: Equatable, Sendable {
    package let lines: [String]

    /// The contents of user tables, states, offsets and dead letters, byte for byte.
    package init(of store: Store) throws {
        var lines: [String] = []
        for name in try store.tableNames() where !name.hasPrefix("weir.") && !name.hasPrefix("state.") {
            lines += try Self.rows(of: name, in: store) { key, value, _ in "table \(name): \(key) = \(value)" }
        }
        for name in try StateView.states(in: store) {
            let view = try StateView(name.name, of: name.topology, in: store)
            try store.read { snapshot in
                try view.scan(in: snapshot) { key, value in
                    lines.append("state \(name): \(Self.text(key)) = \(Self.text(value))")
                    return .next
                }
            }
        }
        try store.read { snapshot in
            try snapshot.offsets { source, partition, offset in
                lines.append("offset \(source)/\(partition): \(offset.next), fingerprint \(offset.fingerprint)")
                return .next
            }
        }
        try DeadLetters.scan(store) { topology, _, letter in
            lines.append(
                "dead letter \(topology): \(letter.source)/\(letter.partition) at \(letter.offset), \(letter.component): \(letter.reason)")
            return .next
        }
        self.lines = lines.sorted()
    }

    /// Every record of every table, with the transaction that wrote it: equal only after equal commits.
    package init(everythingIn store: Store) throws {
        var lines: [String] = []
        for name in try store.tableNames() {
            lines += try Self.rows(of: name, in: store) { key, value, id in "\(name): \(key) = \(value) by \(id)" }
        }
        self.lines = lines
    }

    private static func rows(
        of name: String, in store: Store, _ line: (String, String, TransactionID) -> String
    ) throws -> [String] {
        guard let table = try store.storedTable(name) else { return [] }
        return try store.read { snapshot in
            var lines: [String] = []
            try snapshot.scanRaw(table.raw) { key, value, id in
                lines.append(line(text(key), text(value), id))
                return .next
            }
            return lines
        }
    }

    /// Text where it is text, else hexadecimal.
    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef")
        if !bytes.isEmpty, bytes.allSatisfy({ $0 >= 32 && $0 < 127 }) { return "\"\(String(decoding: bytes, as: UTF8.self))\"" }
        return "0x" + String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// What is only here, and what is only there: at most so many lines.
    package func differences(from expected: StoreContents, limit: Int = 10) -> [String] {
        let (here, there) = (Set(lines), Set(expected.lines))
        let found = lines.filter { !there.contains($0) }.map { "found:    \($0)" }
        let missing = expected.lines.filter { !here.contains($0) }.map { "expected: \($0)" }
        let all = found + missing
        return all.count > limit ? Array(all.prefix(limit)) + ["... and \(all.count - limit) more"] : all
    }
}
