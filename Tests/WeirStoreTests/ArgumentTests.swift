import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

@Suite("What cannot be had")
struct ArgumentTests {
    @Test("a store for reading only where nothing is, and a store that is too small for anything, are refused with the reason")
    func opening() throws {
        try withTemporaryFolder { folder in
            let nothing = folder.appending("nothing")
            let absent = #expect(throws: StoreError(.notFound, "")) {
                _ = try Store.open(at: nothing, configuration: .init(access: .readOnly))
            }
            #expect(absent?.message == "There is no store at \(nothing): check the path.")
            let small = #expect(throws: StoreError(.invalidArgument, "")) {
                _ = try Store.open(at: folder.appending("small"), configuration: .init(maximumSize: 4096))
            }
            #expect(small?.message == "A maximumSize of 4096 bytes was given; it must be at least 1 MiB and at most 64 TiB.")
            let many = #expect(throws: StoreError(.invalidArgument, "")) {
                _ = try Store.open(at: folder.appending("many"), configuration: .init(maximumTables: 100_000))
            }
            #expect(many?.message == "A maximumTables of 100000 was given; it must be at least 1 and at most 8176.")
            for limits in [
                StoreConfiguration(maximumSize: .max), StoreConfiguration(maximumReaders: -1), StoreConfiguration(maximumTables: 0),
                StoreConfiguration(maximumValueBytes: 2 << 30),
                StoreConfiguration(maximumTransactionOperations: 0), StoreConfiguration(maximumWaitingWrites: -5),
            ] {
                #expect(throws: StoreError(.invalidArgument, "")) {
                    _ = try Store.open(at: folder.appending("other"), configuration: limits)
                }
            }
            let made = try FileManager.default.contentsOfDirectory(atPath: folder.string)
            #expect(made == [])
        }
    }

    @Test("a table beyond the limit is refused with the number, however often the store is opened; those that are there stay")
    func tables() throws {
        try withTemporaryFolder { folder in
            for opening in 0..<3 {
                let store = try Store.open(at: folder, configuration: .init(durability: .processCrashOnly, maximumTables: 2))
                defer { store.close() }
                for name in ["a", "b"] {
                    let table = try store.table(name, key: UInt64.self, value: UInt64.self)
                    try store.write { try $0.put(7, for: 1, in: table) }
                }
                let refusal = #expect(throws: StoreError(.tooManyTables, "")) {
                    _ = try store.table("c\(opening)", key: UInt64.self, value: UInt64.self)
                }
                #expect(refusal?.message.contains("there are 2 tables, which is the limit") == true, "\(refusal?.message ?? "")")
            }
            let store = try Store.open(at: folder, configuration: .init(durability: .processCrashOnly, maximumTables: 3))
            defer { store.close() }
            _ = try store.table("c", key: UInt64.self, value: UInt64.self)
        }
    }

    @Test("a fingerprint that is too long is refused with both numbers, and its transaction is undone")
    func fingerprint() throws {
        try withTemporaryStore { store in
            let refusal = #expect(throws: StoreError(.valueSize, "")) {
                try store.write { transaction in
                    try transaction.advance("source", partition: 0, to: 7)
                    try transaction.advance("other", partition: 0, to: 1, fingerprint: [UInt8](repeating: 0, count: 2000))
                }
            }
            #expect(refusal?.message.contains("2000 bytes") == true, "\(refusal?.message ?? "")")
            let offset = try store.read { try $0.offset(of: "source", partition: 0) }
            #expect(offset == nil)
        }
    }

    @Test("a prefix of the largest bytes has everything after it, in both directions")
    func largestPrefix() throws {
        try withTemporaryStore { store in
            let table = try store.table("t", key: UInt64.self, value: UInt64.self)
            let keys: [UInt64] = [1, 0xFEFF_FFFF_FFFF_FFFF, 0xFF00_0000_0000_0000, .max]
            try store.write { transaction in for key in keys { try transaction.put(key, for: key, in: table) } }
            for reverse in [false, true] {
                var found: [UInt64] = []
                try store.read { snapshot in
                    try snapshot.scan(table, prefix: [0xFF], reverse: reverse) { key, _ in
                        found.append(key)
                        return .next
                    }
                }
                #expect(found == (reverse ? keys[2...].reversed() : Array(keys[2...])))
            }
        }
    }
}
