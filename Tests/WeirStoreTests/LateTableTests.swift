import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("Tables that are opened inside of a read")
struct LateTableTests {
    @Test("a table that a snapshot has, opened after the snapshot began, is an error and never looks empty")
    func openedLate() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("store")
            let first = try Store.open(at: path)
            let table = try first.table("counts", key: UInt64.self, value: UInt64.self)
            try first.write { try $0.put(3, for: 1, in: table) }
            first.close()

            let second = try Store.open(at: path)
            defer { second.close() }
            func code(_ body: (borrowing Snapshot, Table<UInt64, UInt64>) throws -> Void) throws -> StoreError.Code? {
                try second.read { snapshot in
                    let late = try second.table("counts", key: UInt64.self, value: UInt64.self)
                    do { try body(snapshot, late) } catch let error as StoreError { return error.code }
                    return nil
                }
            }
            // The first use opens it; whatever is asked of the same snapshot then must say so.
            let codes = try second.read { snapshot in
                let late = try second.table("counts", key: UInt64.self, value: UInt64.self)
                return [
                    refusal { _ = try snapshot.get(1, in: late) }, refusal { _ = try snapshot.count(late) },
                    refusal { try snapshot.scan(late) { _, _ in .next } },
                ]
            }
            #expect(codes == [.invalidArgument, .invalidArgument, .invalidArgument])
            #expect(try code { snapshot, late in _ = try snapshot.get(1, in: late) } == nil, "a snapshot that began later has it")
        }
    }

    private func refusal(_ body: () throws -> Void) -> StoreError.Code? {
        do { try body() } catch { return (error as? StoreError)?.code }
        return nil
    }
}
