import Testing
import WeirStore

@testable import WeirCLI

@Suite("weir: values")
struct ValueTests {
    private func json(_ value: FieldValue) -> String {
        var line = ""
        value.json(into: &line)
        return line
    }

    @Test("stored type names are read, pairs within pairs too")
    func typeNames() {
        typealias Deep = Pair<Pair<String, UInt32>, Pair<UInt64, [UInt8]>>
        #expect(StoredType(Deep.storageName) == .pair(.pair(.string, .u32), .pair(.u64, .bytes)))
        #expect(StoredType("weir.producer-key") == .other("weir.producer-key"))
        #expect(StoredType("pair(string)") == .other("pair(string)"))
    }

    @Test("a key given as words has the bytes that the library gives it, and reads back as those words")
    func keys() throws {
        func check<K: StorageKey>(_ key: K, _ words: [String]) throws {
            let type = StoredType(K.storageName)
            let bytes = try type.key(words)
            #expect(bytes == key.withStorageBytes { Array($0) })
            #expect(bytes.withUnsafeBytes { type.value($0).plain } == words.joined(separator: " "))
        }
        try check("weir", ["weir"])
        try check(UInt64.max, ["18446744073709551615"])
        try check(Int64.min, ["-9223372036854775808"])
        try check([0, 1, 254] as [UInt8], ["0x0001fe"])
        try check(Pair("a\0b".replacing("\0", with: ""), Pair(UInt32(7), "x")), ["ab", "7", "x"])
        try check(Pair(Pair("a", UInt64(1)), Int64(-1)), ["a", "1", "-1"])
        try check(Pair(Pair(UInt32(1), UInt64(2)), "z"), ["1", "2", "z"])
    }

    @Test("bytes that are not what the type says are shown as bytes")
    func wrongBytes() {
        let bytes: [UInt8] = [0xFF, 1]
        for name in ["string", "u32", "u64", "i64", "f64", "bool", "txid", "pair(string,u32)", "pair(u32,u32)", "other"] {
            #expect(bytes.withUnsafeBytes { StoredType(name).value($0) } == .bytes(bytes))
        }
    }

    @Test("JSON is valid whatever the text, and numbers stay numbers")
    func jsonValues() {
        #expect(json(.text("a\"\\\n\t\u{1}\u{2028}ü")) == #""a\"\\\n\t\u0001\u2028ü""#)
        #expect(json(.unsigned(.max)) == "18446744073709551615")
        #expect(json(.real(.nan)) == "null")
        #expect(json(.bytes([0xFF])) == #"{"hex":"ff"}"#)
        #expect(json(.list([.truth(true), .none, .signed(-1)])) == "[true,null,-1]")
    }

    @Test("text holds nothing that steers a terminal or parts columns")
    func plainValues() {
        #expect(FieldValue.text("a\tb\u{1B}[2Jc\\").plain == #"a\tb\u{1B}[2Jc\\"#)
        #expect(FieldValue.bytes([0x1B, 0x5B]).plain == "0x1b5b")
        #expect(FieldValue.size(1_500_000).plain == "1.43 MiB")
        #expect(FieldValue.seconds(0.000_25).plain == "250 us")
        #expect(FieldValue.share(0.5).plain == "50 %")
    }

    @Test("times are dates in UTC")
    func times() {
        #expect(CalendarTime(milliseconds: 0).description == "1970-01-01T00:00:00.000Z")
        #expect(CalendarTime(milliseconds: 951_782_400_000).description == "2000-02-29T00:00:00.000Z")
        #expect(CalendarTime(milliseconds: 1_764_021_378_123).description == "2025-11-24T21:56:18.123Z")
        #expect(CalendarTime(milliseconds: .max).description == "18446744073709551615 ms")
    }

    @Test("headings are the keys in words")
    func headings() {
        #expect(Field("transactionID", .none).heading == "transaction ID")
        #expect(Field("readerSlots", .none).heading == "reader slots")
    }
}
