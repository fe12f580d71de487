import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Stored responses")
struct StoredResponseTests {
    private func response(_ digest: [UInt8]?, _ type: String) -> StoredResponse {
        StoredResponse(
            time: Timestamp(milliseconds: 9), mark: ExpiryMark(position: 8, time: 7), inputDigest: digest, type: type, output: [1, 2])
    }

    @Test("a known ID is replayed, unless its digest or its type differs")
    func verdicts() {
        for stored in [nil, [], [1], [2]] as [[UInt8]?] {
            for digest in [nil, [], [1], [2]] as [[UInt8]?] {
                #expect(ResponseVerdict.on(stored: nil, inputDigest: digest, type: "t") == .run)
                let differs = stored != nil && digest != nil && stored != digest
                #expect(
                    ResponseVerdict.on(stored: response(stored, "t"), inputDigest: digest, type: "t")
                        == (differs ? .conflict : .replay([1, 2])))
                #expect(
                    ResponseVerdict.on(stored: response(stored, "u"), inputDigest: digest, type: "t")
                        == (differs ? .conflict : .otherType("u")))
            }
        }
    }

    @Test("a row is read as it was written, and damage is an error")
    func codec() throws {
        for digest in [nil, [], [1, 2, 3]] as [[UInt8]?] {
            let row = response(digest, "type")
            let bytes = row.withStorageBytes { [UInt8]($0) }
            #expect(try bytes.withUnsafeBytes { try StoredResponse(storageBytes: $0) } == row)
            for end in 0..<bytes.count - 2 {
                #expect(throws: DecodingFailure.self) { try bytes[..<end].withUnsafeBytes { try StoredResponse(storageBytes: $0) } }
            }
        }
        var random = SeededGenerator.random()
        for _ in 0..<5_000 {
            let bytes = [1] + (0..<Int.random(in: 0..<60, using: &random)).map { _ in UInt8.random(in: 0...3, using: &random) }
            _ = try? bytes.withUnsafeBytes { try StoredResponse(storageBytes: $0) }
        }
    }
}
