extension FieldValue {
    /// Appends the value as JSON. Bytes that are no text are an object with one key, `hex`, so that they cannot be taken for text.
    func json(into line: inout String) {
        switch self {
        case .none: line += "null"
        case .truth(let value): line += value ? "true" : "false"
        case .unsigned(let value), .size(let value): line += String(value)
        case .signed(let value): line += String(value)
        case .real(let value), .share(let value), .seconds(let value): line += value.isFinite ? String(value) : "null"
        case .text(let value): Self.quote(value, into: &line)
        case .bytes(let value):
            if let text = printable(value) { return Self.quote(text, into: &line) }
            line += #"{"hex":""# + hexadecimal(value) + #""}"#
        case .list(let values):
            line += "["
            for (index, value) in values.enumerated() {
                if index > 0 { line += "," }
                value.json(into: &line)
            }
            line += "]"
        case .object(let fields):
            line += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { line += "," }
                Self.quote(field.key, into: &line)
                line += ":"
                field.value.json(into: &line)
            }
            line += "}"
        }
    }

    static func quote(_ text: String, into line: inout String) {
        line += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029:
                let digits = String(scalar.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: line.unicodeScalars.append(scalar)
            }
        }
        line += "\""
    }
}
