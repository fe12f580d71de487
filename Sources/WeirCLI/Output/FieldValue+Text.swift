extension FieldValue {
    /// For people. Never holds a tab, a line end, or anything else that steers a terminal.
    var plain: String {
        switch self {
        case .none: "-"
        case .truth(let value): value ? "yes" : "no"
        case .unsigned(let value): String(value)
        case .signed(let value): String(value)
        case .real(let value): Self.rounded(value)
        case .text(let value): Self.escaped(value)
        case .bytes(let value): printable(value).map(Self.escaped) ?? "0x" + hexadecimal(value)
        case .list(let values): values.map(\.plain).joined(separator: " ")
        case .object(let fields): fields.map { "\($0.heading) \($0.value.plain)" }.joined(separator: ", ")
        case .size(let value): Self.size(value)
        case .share(let value): "\(Self.rounded(value * 100)) %"
        case .seconds(let value): Self.duration(value)
        }
    }

    var isNumber: Bool {
        switch self {
        case .unsigned, .signed, .real, .size, .share, .seconds: true
        default: false
        }
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0) || $0 == "\\" }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) || scalar == "\\" {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Three digits that matter, or all before the point.
    private static func rounded(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        var places = 0
        var size = abs(value)
        while size > 0, size < 100, places < 6 {
            size *= 10
            places += 1
        }
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let result = (value * scale).rounded() / scale
        return result == result.rounded() && abs(result) < 1e15 ? String(Int64(result)) : String(result)
    }

    private static func size(_ bytes: UInt64) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var value = Double(bytes) / 1024
        var unit = 0
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(rounded(value)) \(units[unit])"
    }

    private static func duration(_ seconds: Double) -> String {
        switch abs(seconds) {
        case 0: "0 s"
        case ..<0.001: "\(rounded(seconds * 1e6)) us"
        case ..<1: "\(rounded(seconds * 1e3)) ms"
        case ..<120: "\(rounded(seconds)) s"
        case ..<7200: "\(rounded(seconds / 60)) min"
        case ..<172_800: "\(rounded(seconds / 3600)) h"
        default: "\(rounded(seconds / 86_400)) d"
        }
    }
}
