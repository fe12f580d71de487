import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// The forms of the store's operations that are awaited: the same promises, on threads of the store's.
@Suite("From async code")
struct AsyncTests {
    private func filled(_ path: FilePath) async throws -> Store {
        let store = try await Store.open(at: path, configuration: .init(durability: .processCrashOnly))
        let table = try await store.table("t", key: UInt64.self, value: String.self)
        try await store.write { try $0.put("seven", for: 7, in: table) }
        return store
    }

    @Test("a backup is a whole store; one that cannot be made says why")
    func backup() async throws {
        try await withTemporaryFolder { folder in
            let store = try await filled(folder.appending("store"))
            let copy = folder.appending("copy")
            try await store.backup(to: copy)
            await #expect(throws: StoreError(.invalidArgument, "")) { try await store.backup(to: copy) }
            await store.close()
            await #expect(throws: StoreError(.closed, "")) { try await store.backup(to: folder.appending("late")) }
            await #expect(throws: StoreError(.closed, "")) { try await store.statistics() }
            await #expect(throws: StoreError(.closed, "")) { try await store.read { _ in } }
            await #expect(throws: StoreError(.closed, "")) { try await store.write { _ in } }
            let restored = try await Store.open(at: copy)
            let table = try await restored.table("t", key: UInt64.self, value: String.self)
            #expect(try await restored.read { try $0.get(7, in: table) } == "seven")
            #expect(restored.identity == store.identity)
            await restored.close()
        }
    }

    @Test("a store that is open for reading only has the tables that are there, and no others")
    func readOnly() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("store")
            await (try filled(path)).close()
            let store = try await Store.open(at: path, configuration: .init(access: .readOnly))
            let table = try await store.table("t", key: UInt64.self, value: String.self)
            #expect(try await store.read { try $0.get(7, in: table) } == "seven")
            // Known by now: given without asking the file.
            #expect(try await store.table("t", key: UInt64.self, value: String.self).name == "t")
            let absent = await #expect(throws: StoreError(.notFound, "")) {
                _ = try await store.table("other", key: UInt64.self, value: String.self)
            }
            #expect(absent?.message.contains("There is no table other") == true)
            await #expect(throws: StoreError(.typeMismatch, "")) { _ = try await store.table("t", key: UInt64.self, value: UInt64.self) }
            await #expect(throws: StoreError(.readOnly, "")) { try await store.write { try $0.put("x", for: 1, in: table) } }
            await store.close()
            await #expect(throws: StoreError(.closed, "")) { _ = try await store.table("late", key: UInt64.self, value: String.self) }
        }
    }

    @Test("a store that this process reads only is not opened for writing beside it, and the refusal says what to do")
    func writingBesideReading() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("store")
            await (try filled(path)).close()
            let reading = try await Store.open(at: path, configuration: .init(access: .readOnly))
            let refusal = await #expect(throws: StoreError(.busy, "")) { _ = try await Store.open(at: path) }
            #expect(refusal?.message.contains("is open for reading only in this process: close it there") == true)
            await reading.close()
            await (try Store.open(at: path)).close()
        }
    }

    @Test(
        "a table's name is refused where it is the system's, empty, too long or holds a zero", arguments: ["weir.x", "state.x", "", "a\0b"])
    func names(name: String) async throws {
        try await withTemporaryStore { store in
            await #expect(throws: StoreError(.invalidArgument, "")) {
                _ = try await store.table(name, key: UInt64.self, value: UInt64.self)
            }
            await #expect(throws: StoreError(.invalidArgument, "")) {
                _ = try await store.table(name + String(repeating: "n", count: 201), key: UInt64.self, value: UInt64.self)
            }
        }
    }
}
