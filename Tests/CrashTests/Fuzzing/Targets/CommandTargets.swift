import WeirStore

@testable import WeirCLI

extension FuzzTarget {
    static let command: [FuzzTarget] = [typeName, shownValue, givenKey]

    private static let typeNames = [
        "string", "bytes", "u32", "u64", "i64", "txid", "f64", "bool", "pair(string,u32)", "pair(u64,pair(bytes,i64))", "own",
    ]

    /// A type's name, as the catalog holds it.
    private static let typeName = FuzzTarget(name: "type-name", seeds: { typeNames.map { Array($0.utf8) } }) { bytes in
        // The catalog's limit.
        guard bytes.count <= 200, let name = String(validating: bytes, as: UTF8.self) else { return }
        let type = StoredType(name)
        try FuzzFailure.require(type.description == name, "\(name) is shown as \(type)")
        try FuzzFailure.require(StoredType(type.description) == type && type.parts >= 1, "\(name) has \(type.parts) parts")
        _ = type.size
        _ = Array(name.utf8).withUnsafeBytes { type.value($0) }
    }

    /// The first byte chooses the type, the rest is a value of it: printed, it steers no terminal and is one line.
    private static let shownValue = FuzzTarget(
        name: "shown-value", seeds: { typeNames.indices.map { [UInt8($0), 0, 1, 2, 3, 4, 5, 6, 7] } }
    ) { bytes in
        guard let first = bytes.first else { return }
        let type = StoredType(typeNames[Int(first) % typeNames.count])
        let value = type.value(UnsafeRawBufferPointer(rebasing: bytes[1...]))
        var json = ""
        value.json(into: &json)
        for text in [value.plain, json] {
            let control = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F || $0.value == 0x9B }
            try FuzzFailure.require(!control, "\(text.debugDescription) steers a terminal")
        }
        try FuzzFailure.require(json.utf8.count <= 8 * bytes.count + 64, "\(bytes.count) bytes became \(json.utf8.count)")
    }

    /// The first byte chooses the type, the rest are the words of a key, as they are given on a command line.
    private static let givenKey = FuzzTarget(
        name: "given-key",
        seeds: { ["2 42", "4 -7", "1 0x00ff", "8 orders 7", "9 5 0x61 -1"].map { Array($0.utf8) } }
    ) { bytes in
        guard let first = bytes.first else { return }
        let type = StoredType(typeNames[Int(first &- 48) % typeNames.count])
        let words = String(decoding: bytes[1...], as: UTF8.self).split(separator: " ").map(String.init)
        guard let key = try? type.key(words) else { return }
        // What a user gives is found again under what is printed of it, where it is printed in a form that can be given.
        let shown = key.withUnsafeBytes { type.value($0) }
        if case .unsigned(let number) = shown, case .u64 = type {
            try FuzzFailure.require(try type.key(["\(number)"]) == key, "\(words) became \(shown)")
        }
        if case .bytes(let shown) = shown, case .bytes = type {
            try FuzzFailure.require(
                shown == key && (words[0].hasPrefix("0x") ? key.count * 2 + 2 : key.count) == words[0].utf8.count, "\(words)")
        }
    }
}
