// The control: reads and writes as they should be. Compiles, so the others fail for what they do and not for how they are compiled.
import WeirStore

func control(_ store: Store, _ counts: Table<String, UInt64>) async throws {
    let before = try await store.read { snapshot in try snapshot.get("weir", in: counts) ?? 0 }
    try await store.write { transaction in try transaction.put(before + 1, for: "weir", in: counts) }
}
