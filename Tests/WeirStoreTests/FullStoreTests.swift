import Testing
import WeirStore
import WeirTesting

@Suite("A full store")
struct FullStoreTests {
    @Test("while a reader holds every page that was freed, a full store refuses puts early enough to delete")
    func heldByReader() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumSize: 4 << 20)) { store in
            let table = try store.table("t", key: UInt64.self, value: [UInt8].self)
            let value = [UInt8](repeating: 5, count: 2000)
            for key in 0..<200 as Range<UInt64> { try store.write { try $0.put(value, for: key, in: table) } }
            try store.read { _ in
                // Each of these frees as many pages as it takes, and none of them can be used again.
                let refusal = #expect(throws: StoreError.self) {
                    for round in 0..<10_000 as Range<UInt64> { try store.write { try $0.put(value, for: round % 200, in: table) } }
                }
                #expect(refusal?.code == .full)
                for key in 0..<20 as Range<UInt64> { try store.write { try $0.delete(key, in: table) } }
            }
            for key in 0..<20 as Range<UInt64> { try store.write { try $0.put(value, for: key, in: table) } }
            #expect(try store.read { try $0.count(table) } == 200)
        }
    }
}
