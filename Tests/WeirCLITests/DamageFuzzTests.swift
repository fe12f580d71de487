import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("weir: random damage")
struct DamageFuzzTests {
    @Test("no damage ends the command by a signal: it is told in a line, with a status", arguments: [41, 42] as [UInt64])
    func neverASignal(seed: UInt64) throws {
        try withFixture { (store: FilePath) throws in
            #expect(try BuiltCommand.run("compact", store).status == 0)
            let whole = [UInt8](try #require(try dataFiles(store)["data.mdb"]))
            var random = SeededGenerator(seed: seed)
            let pages = whole.count / 4096
            var found = 0
            for round in 0..<40 {
                var bytes = whole
                let page = Int.random(in: 0..<pages, using: &random) * 4096
                switch round % 4 {
                case 0: bytes[page + Int.random(in: 0..<64, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
                case 1: bytes.replaceSubrange(page..<page + 4096, with: repeatElement(0, count: 4096))
                case 2:
                    let other = Int.random(in: 0..<pages, using: &random) * 4096
                    for index in 0..<4096 { bytes.swapAt(page + index, other + index) }
                default: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
                }
                try change(store) { $0 = Data(bytes) }
                for words in ["verify", "table scan large"] {
                    let result = try BuiltCommand.run(words, store)
                    #expect(result.status <= 77 && !result.wasKilled, "seed \(seed), round \(round), \(words): \(result.errors)")
                    #expect(result.status == 0 || result.errors.contains("weir: "), "seed \(seed), round \(round), \(words)")
                    found += words == "verify" && result.status == 2 ? 1 : 0
                }
            }
            #expect(found > 20, "seed \(seed): only \(found) of 40 were found")
        }
    }
}
