import SystemPackage
import Testing
import WeirTesting

@testable import WeirStore

/// Records that have a valid checksum and say what cannot be: a bug of Weir's, or somebody's hand. Verification names each, and reads refuse them.
@Suite("Records with a sound checksum and a wrong content")
struct WrongRecordsTests {
    /// A store with a table `numbers`, changed by `change` behind everybody's back.
    private func withChanged(
        _ change: @escaping @Sendable (inout WriteTransaction) throws -> Void, _ body: (FilePath) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let store = try Store.open(at: folder, configuration: .init(durability: .processCrashOnly))
            let table = try store.table("numbers", key: UInt64.self, value: UInt64.self)
            try store.write { try $0.put(7, for: 1, in: table) }
            try store.write(change)
            store.close()
            try body(folder)
        }
    }

    private func problems(_ change: @escaping @Sendable (inout WriteTransaction) throws -> Void) throws -> String {
        var found: [String] = []
        try withChanged(change) { found = try Store.verify(at: $0).problems }
        return found.joined(separator: "\n")
    }

    @Test("verification names an entry of the catalog, a tally and an offset that cannot be read")
    func unreadable() throws {
        let catalog = try problems { transaction in
            try put([1, 2, 3], under: "other", in: transaction.tables.catalog, &transaction)
        }
        #expect(catalog.contains("the catalog's entry under key"), "\(catalog)")
        let tally = try problems { transaction in
            try put([1, 2, 3], under: UInt32(99), in: transaction.tables.tally, &transaction)
        }
        #expect(tally.contains("the tally under key"), "\(tally)")
        let offset = try problems { transaction in
            try put([1, 2, 3], under: Pair("source", UInt32(0)), in: transaction.tables.offsets.raw, &transaction)
        }
        #expect(offset.contains("the offset under key"), "\(offset)")
    }

    @Test("verification names a table whose number in the catalog is another's, and one that is not in the file")
    func catalog() throws {
        let renumbered = try problems { transaction in try enter("numbers", number: 40, in: &transaction) }
        #expect(renumbered.contains("table numbers is number 40 in the catalog, its records are of number 16"), "\(renumbered)")
        let ghost = try problems { transaction in try enter("ghost", number: 17, in: &transaction) }
        #expect(ghost == "", "a table without records is no damage")
    }

    @Test("a table that is in the catalog and not in the file is refused by name, for writing and for reading")
    func ghost() throws {
        try withChanged({ transaction in try enter("ghost", number: 17, in: &transaction) }) { path in
            for access in [StoreConfiguration.Access.readWrite, .readOnly] {
                let store = try Store.open(at: path, configuration: .init(access: access))
                defer { store.close() }
                let refusal = #expect(throws: StoreError(.corrupt, "")) {
                    _ = try store.table("ghost", key: UInt64.self, value: UInt64.self)
                }
                #expect(refusal?.message.contains("Table ghost is in the catalog but not in the file") == true)
            }
        }
    }

    @Test("bytes that are no value of the table's type are refused with the table's name, not read as something else")
    func undecodable() throws {
        try withTemporaryStore { store in
            let table = try store.table("numbers", key: UInt64.self, value: UInt64.self)
            try store.write { try put([1, 2, 3], under: UInt64(1), in: table.raw, &$0) }
            let refusal = #expect(throws: StoreError(.corrupt, "")) { _ = try store.read { try $0.get(1, in: table) } }
            #expect(refusal?.message.contains("Table numbers holds bytes that are no u64") == true, "\(refusal?.message ?? "")")
            let (isThere, isOther) = try store.read { (try $0.contains(1, in: table), try $0.contains(2, in: table)) }
            #expect(isThere && !isOther, "what it is matters to a reader of it alone")
        }
    }
}

/// Enters a table into the catalog that nobody has made.
private func enter(_ name: String, number: UInt32, in transaction: inout WriteTransaction) throws {
    let entry = try TableTypes(key: UInt64.storageName, value: UInt64.storageName).encoded(number: number)
    try put(entry, under: name, in: transaction.tables.catalog, &transaction)
}

/// Puts bytes, whatever the table's types are.
private func put(_ bytes: [UInt8], under key: some StorageKey, in table: RawTable, _ transaction: inout WriteTransaction) throws {
    try key.withStorageBytes { key in try bytes.withUnsafeBytes { try transaction.putRaw(key, $0, in: table) } }
}
