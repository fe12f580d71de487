/// Numbers as people read them, without Foundation.
enum Numbers {
    /// 1234567 -> "1,234,567".
    static func grouped(_ number: some BinaryInteger) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// With so many decimals, and a point.
    static func fixed(_ number: Double, decimals: Int) -> String {
        guard number.isFinite, number.magnitude < 1e15 else { return "\(number)" }
        let scale = (0..<decimals).reduce(1) { power, _ in power * 10 }
        let whole = Int((number.magnitude * Double(scale)).rounded())
        let sign = number < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(whole) }
        let part = String(whole % scale)
        return sign + String(whole / scale) + "." + String(repeating: "0", count: decimals - part.count) + part
    }

    /// 1536 -> "1.5 kB", in steps of 1,000.
    static func bytes(_ count: some BinaryInteger) -> String {
        var value = Double(count)
        for unit in ["B", "kB", "MB", "GB", "TB"] {
            if value < 1000 || unit == "TB" { return unit == "B" ? "\(count) B" : "\(fixed(value, decimals: 1)) \(unit)" }
            value /= 1000
        }
        return "\(count) B"
    }
}
