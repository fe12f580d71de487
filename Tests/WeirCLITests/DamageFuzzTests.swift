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
            var found = 0
            for round in 0..<40 {
                var bytes = whole
                let damage = FileDamage.inflict(on: &bytes, using: &random)
                try change(store) { $0 = Data(bytes) }
                for words in ["verify", "table scan large", "table scan large --verified"] {
                    let result = try BuiltCommand.run(words, store)
                    #expect(result.status <= 77 && !result.wasKilled, "seed \(seed), round \(round), \(damage), \(words): \(result.errors)")
                    // What verification refuses never reaches LMDB.
                    #expect(words != "table scan large --verified" || !result.errors.contains("memory fault"), "seed \(seed), \(damage)")
                    #expect(result.status == 0 || result.errors.contains("weir: "), "seed \(seed), round \(round), \(damage), \(words)")
                    found += words == "verify" && result.status == 2 ? 1 : 0
                }
            }
            #expect(found > 20, "seed \(seed): only \(found) of 40 were found")
        }
    }
}
