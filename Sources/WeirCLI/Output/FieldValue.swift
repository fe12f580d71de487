/// A value to print: what JSON shows as it is, and text in the way that people read it.
indirect enum FieldValue: Equatable {
    case none
    case truth(Bool)
    case unsigned(UInt64)
    case signed(Int64)
    case real(Double)
    case text(String)
    /// Bytes of unknown meaning: text where they are printable UTF-8, hexadecimal otherwise.
    case bytes([UInt8])
    case list([FieldValue])
    case object([Field])
    /// A size in bytes.
    case size(UInt64)
    /// A share, where 1 is all.
    case share(Double)
    case seconds(Double)

    static func count(_ value: some BinaryInteger) -> FieldValue { .unsigned(UInt64(clamping: value)) }
    static func optional<T>(_ value: T?, _ make: (T) -> FieldValue) -> FieldValue { value.map(make) ?? .none }
}

/// A value with its key in JSON and its heading in text.
struct Field: Equatable {
    let key: String
    let heading: String
    let value: FieldValue

    /// - Parameter heading: unless given, the key itself with spaces.
    init(_ key: String, _ value: FieldValue, heading: String? = nil) {
        self.key = key
        self.heading = heading ?? Self.words(key)
        self.value = value
    }

    /// `lastCommitSeconds` is `last commit seconds`; `transactionID` is `transaction ID`.
    private static func words(_ key: String) -> String {
        var words = ""
        var previous: Character = " "
        for character in key {
            if character.isUppercase, !previous.isUppercase { words += " " }
            words += character.isUppercase && !key.hasSuffix("ID") ? character.lowercased() : String(character)
            previous = character
        }
        return words
    }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return bytes.reduce(into: "") { text, byte in
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
}

/// The text that these bytes are, when they are UTF-8 and nothing in it steers a terminal.
func printable(_ bytes: [UInt8]) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    return text.unicodeScalars.allSatisfy { !isControl($0) } ? text : nil
}

func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: true
    default: false
    }
}
