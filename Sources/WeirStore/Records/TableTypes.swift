/// The names of a table's types, as the catalog holds them: `[number u32][key type: u8 length, UTF-8][value type: u8 length, UTF-8]`.
struct TableTypes: Equatable, Sendable {
    var key: String
    var value: String

    init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    func encoded(number: UInt32) throws(StoreError) -> [UInt8] {
        var bytes = withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) }
        for name in [key, value] {
            guard (1...200).contains(name.utf8.count) else {
                throw StoreError(.invalidArgument, "The storage name \(name) has \(name.utf8.count) bytes; a storage name has 1 to 200.")
            }
            bytes.append(UInt8(name.utf8.count))
            bytes.append(contentsOf: name.utf8)
        }
        return bytes
    }

    /// Nil for bytes that `encoded` did not write.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> (number: UInt32, types: TableTypes)? {
        guard bytes.count >= 4 else { return nil }
        let number = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        var names: [String] = []
        var rest = bytes[4...]
        while let length = rest.first, names.count < 2 {
            guard rest.count > Int(length) else { return nil }
            let end = rest.startIndex + 1 + Int(length)
            guard let name = String(validating: rest[rest.startIndex + 1..<end], as: UTF8.self) else { return nil }
            names.append(name)
            rest = rest[end...]
        }
        guard names.count == 2, rest.isEmpty else { return nil }
        return (number, TableTypes(key: names[0], value: names[1]))
    }
}
