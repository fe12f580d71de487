import CLMDB
import Glibc
import Testing
import WeirTesting

@testable import LMDB

/// Each kind of damage, made on purpose, is found and named.
@Suite("Reading LMDB's file format: kinds of damage")
struct DamageKindTests {
    @Test("nodes, keys and page kinds that cannot be are found")
    func pages() throws {
        let patient = try DamageTests.compact()
        let leaf = try #require((2..<patient.pages).first { patient.kind(of: $0) == 2 && patient.nodes($0) > 3 })
        let branch = try #require((2..<patient.pages).first { patient.kind(of: $0) == 1 && patient.number($0 * 4096, bytes: 8) == $0 })
        let overflow = try #require((2..<patient.pages).first { patient.kind(of: $0) == 4 })
        func expect(_ kind: PageFileError.Kind, _ what: Comment, _ change: (inout [UInt8]) -> Void) throws {
            let kinds = try patient.examine(change).map(\.kind)
            #expect(kinds.contains(kind), what)
        }
        let (first, second) = (patient.node(leaf, 0), patient.node(leaf, 1))
        try expect(.pageKind, "leaf marked as branch") { $0.set(leaf * 4096 + 10, UInt16(1)) }
        try expect(.pageKind, "LEAF2") { $0.set(leaf * 4096 + 10, UInt16(0x22)) }
        try expect(.pageKind, "overflow marked as leaf") { $0.set(overflow * 4096 + 10, UInt16(2)) }
        try expect(.misplacedPage, "page number") { $0.set(leaf * 4096, UInt64(2 + leaf)) }
        try expect(.pageBounds, "lower beyond upper") { $0.set(leaf * 4096 + 12, UInt16(4096)) }
        try expect(.pageBounds, "upper beyond the page") { $0.set(leaf * 4096 + 14, UInt16(4098)) }
        try expect(.pageBounds, "no nodes") { $0.set(leaf * 4096 + 12, UInt16(16)) }
        try expect(.pageBounds, "a node forgotten") { $0.set(leaf * 4096 + 12, UInt16(16 + 2 * patient.nodes(leaf) - 2)) }
        try expect(.pageBounds, "pointer into the header") { $0.set(leaf * 4096 + 16, UInt16(4)) }
        try expect(.pageBounds, "odd pointer") { $0.set(leaf * 4096 + 16, UInt16(first - leaf * 4096 + 1)) }
        try expect(.pageBounds, "the same node twice") { $0.set(leaf * 4096 + 16, UInt16(second - leaf * 4096)) }
        try expect(.pageBounds, "node leaves the page") { $0.set(first, UInt32(5000)) }
        try expect(.pageBounds, "fewer overflow pages than the value needs") { $0.set(overflow * 4096 + 12, UInt32(0)) }
        try expect(.pageNumber, "more overflow pages than there are") { $0.set(overflow * 4096 + 12, UInt32.max) }
        try expect(.node, "duplicates flag") { $0.set(first + 4, UInt16(4)) }
        try expect(.node, "database flag in a table") { $0.set(first + 4, UInt16(2)) }
        try expect(.keyOrder, "keys swapped") { bytes in
            bytes.set(leaf * 4096 + 16, UInt16(second - leaf * 4096))
            bytes.set(leaf * 4096 + 18, UInt16(first - leaf * 4096))
        }
        let children = (0...1).map { patient.number(patient.node(branch, $0), bytes: 4) }
        #expect(children.allSatisfy { patient.kind(of: $0) == 2 })
        try expect(.keyOrder, "a key that belongs further right") {
            $0[patient.node(children[0], patient.nodes(children[0]) - 1) + 8] = 0xFF
        }
        try expect(.keyOrder, "a key that belongs further left") { $0[patient.node(children[1]) + 8] = 0 }
        try expect(.keyOrder, "the same child twice") { $0.set(patient.node(branch, 0), UInt32(children[1])) }
        try expect(.usedTwice, "a cycle") { $0.set(patient.node(branch, 1), UInt32(branch)) }
        let large = (2..<patient.pages).filter { patient.kind(of: $0) == 2 && patient.number($0 * 4096, bytes: 8) == $0 }
            .flatMap { page in (0..<patient.nodes(page)).map { patient.node(page, $0) } }
            .filter { patient.number($0 + 4, bytes: 2) == 1 }
            .map { $0 + 8 + patient.number($0 + 6, bytes: 2) }
        try expect(.usedTwice, "two values in the same pages") { $0.set(large[0], UInt64(patient.number(large[1], bytes: 8))) }
        try expect(.pageNumber, "a child beyond the last page") { $0.set(patient.node(branch, 1), UInt32(patient.pages)) }
        try expect(.pageNumber, "a meta page as child") { $0.set(patient.node(branch, 1), UInt32(1)) }
    }

    @Test("a database's damage does not hide the others")
    func isolation() throws {
        let fixture = try Fixture()
        try fixture.write { transaction in
            for name in ["a", "b", "c"] { try fixture.put([1], Array(name.utf8), fixture.database(name, transaction), transaction) }
        }
        let patient = try Patient(Fixture.bytes(of: fixture.path))
        let page = try #require((2..<patient.pages).first { patient.kind(of: $0) == 2 && patient.healthy[patient.node($0) + 9] == 0x62 })
        let errors = try patient.examine { $0[page * 4096] ^= 0xFF }
        #expect(errors.map(\.kind) == [.misplacedPage])
        #expect(errors.map(\.database) == ["b"])
    }

    @Test("records that do not fit their trees are found")
    func records() throws {
        let patient = try DamageTests.compact()
        let main = 4096 + 16 + 72
        for (field, value, kind) in [
            (6, 3, PageFileError.Kind.pageKind), (8, 9, .counts), (16, 9, .counts), (24, 9, .counts), (32, 9, .counts),
            (40, 1, .pageNumber),
        ] as [(Int, UInt16, PageFileError.Kind)] {
            let errors = try patient.examine { $0.set(main + field, value) }
            #expect(errors.contains { $0.kind == kind || $0.kind == .misplacedPage }, "field at \(field): \(errors)")
        }
        #expect(try patient.examine { $0.set(main + 4, UInt16(4)) }.contains { $0.kind == .unsupported })
        #expect(try patient.examine { $0.set(main + 6, UInt16(40)) }.contains { $0.kind == .counts })
    }

    @Test("leaked pages, pages listed twice and pages in use that are listed as free are found")
    func accounting() throws {
        let patient = try DamageTests.churned()
        let file = try PageFile(descriptor: memory(patient.healthy))
        let inUse = try file.pagesInUse()
        let root = Int(try #require(file.currentMeta.freeDatabase.root))
        let node = try #require((0..<patient.nodes(root)).map { patient.node(root, $0) }.first { patient.number($0 + 16, bytes: 8) > 2 })
        let count = patient.number(node + 16, bytes: 8)
        let last = node + 16 + 8 * count
        let kinds = { (change: (inout [UInt8]) -> Void) in try patient.examine(change).map(\.kind) }
        #expect(try kinds { $0.set(node + 16, UInt64(count - 1)) } == [.leaked])
        #expect(try kinds { $0.set(node + 16, UInt64(count + 500)) }.contains(.freeList))
        #expect(try kinds { $0.set(node + 16, UInt64.max) }.contains(.freeList))
        #expect(try kinds { $0.set(last, UInt64(patient.number(last - 8, bytes: 8))) }.contains(.freeList))
        #expect(try kinds { $0.set(last, UInt64(1)) }.contains(.freeList))
        #expect(try kinds { $0.set(last, UInt64(1) << 40) }.contains(.freeList))
        #expect(try kinds { $0.set(patient.node(root, patient.nodes(root) - 1) + 8, UInt64(1) << 40) }.contains(.freeList))
        // A page in use in the place of a free one, where the list still descends.
        let entry = try #require(
            (1..<count - 1).lazy.compactMap { index -> (offset: Int, page: UInt64)? in
                let offset = node + 16 + 8 * index
                let range = patient.number(offset + 16, bytes: 8) + 1..<patient.number(offset, bytes: 8)
                return range.first { inUse.contains(UInt64($0)) }.map { (offset + 8, UInt64($0)) }
            }.first)
        #expect(try Set(kinds { $0.set(entry.offset, entry.page) }) == [.usedAndFree, .leaked])
    }

    @Test("a meta page's damage is named, and the other one is used")
    func metaPages() throws {
        let patient = try DamageTests.churned()
        for slot in [0, 1] {
            let base = slot * 4096
            for (offset, size) in [(0, 8), (10, 2), (16, 4), (40, 4), (136, 8)] {
                let errors = try patient.examine { bytes in for index in 0..<size { bytes[base + offset + index] ^= 0x5A } }
                #expect(errors.contains { $0.page == UInt64(slot) }, "meta \(slot), offset \(offset): \(errors)")
            }
        }
        // A changed transaction ID may be read as either page's fault; it is found all the same.
        for offset in [144, 4240] { #expect(try !patient.examine { $0[offset] ^= 0x10 }.isEmpty) }
        #expect(try patient.examine { for offset in [16, 4112] { $0[offset] ^= 1 } }.map(\.kind) == [.notADataFile])
        #expect(try patient.examine { for offset in [20, 4116] { $0[offset] = 2 } }.map(\.kind) == [.unsupported])
    }

    @Test("a meta page that LMDB could not write, and left with new roots and old numbers, is no damage where it is the older one")
    func givenUpMeta() throws {
        let patient = try DamageTests.churned()
        let newest = patient.number(144, bytes: 8) > patient.number(4240, bytes: 8) ? 0 : 1
        let root = 16 + 24 + 40
        #expect(try patient.examine { $0.set((1 - newest) * 4096 + root, UInt64(1 << 30)) }.isEmpty)
        #expect(try patient.examine { $0.set(newest * 4096 + root, UInt64(1 << 30)) }.isEmpty == false)
    }

    @Test("what is no data file is refused with its reason")
    func notADataFile() throws {
        let fixture = try Fixture()
        func kind(_ path: String) -> PageFileError.Kind? {
            do throws(PageFileError) {
                _ = try PageFile(path: path)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(kind(fixture.directory + "/absent") == .io)
        #expect(kind(fixture.directory) == .notADataFile)
        symlink(fixture.path, fixture.directory + "/link")
        #expect(kind(fixture.directory + "/link") == .io)
        #expect(kind("/dev/zero") == .notADataFile)
        for bytes in [[], [1, 2, 3], Array("not a store, but long enough to be one".utf8), [UInt8](repeating: 0, count: 100_000)]
            as [[UInt8]]
        {
            let patient = try Patient(bytes)
            #expect(try patient.examine(bytes).map(\.kind) == [.notADataFile])
        }
    }

    @Test("databases with duplicates or other key orders are refused by name")
    func unsupported() throws {
        for flags in [MDB_DUPSORT, MDB_INTEGERKEY, MDB_REVERSEKEY, MDB_DUPSORT | MDB_DUPFIXED] {
            let fixture = try Fixture()
            try fixture.write { transaction in
                try fixture.put([1, 0, 0, 0], [1, 0, 0, 0], fixture.database("odd", transaction, flags: MDB_CREATE | flags), transaction)
                try fixture.put([1], [1], fixture.database("plain", transaction), transaction)
            }
            let found = try PageFile(path: fixture.path).contents()
            #expect(found.walk.damage.map(\.kind) == [.unsupported])
            #expect(found.walk.damage.map(\.database) == ["odd"])
            #expect(found.contents["plain"] == [[1]: [1]])
        }
    }

    @Test("values and databases beyond the limits are refused, and the limit is named")
    func limits() throws {
        let fixture = try Fixture()
        var random = SeededGenerator(seed: 31)
        try fixture.write { transaction in
            for name in ["a", "b"] { try fixture.put([1], random.bytes(9000), fixture.database(name, transaction), transaction) }
        }
        let file = try PageFile(path: fixture.path)
        let walk = try file.walk(file.currentMeta, limits: .init(valueBytes: 8999, databases: 2))
        #expect(walk.damage.map(\.kind) == [.limit, .limit])
        #expect(walk.damage.allSatisfy { "\($0)".contains("8999") })
        #expect(try file.walk(file.currentMeta, limits: .init(databases: 1)).damage.map(\.kind) == [.limit])
    }

    private func memory(_ bytes: [UInt8]) throws -> Int32 {
        let descriptor = try Patient.anonymousFile()
        try #require(bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) } == bytes.count)
        return descriptor
    }
}

extension PageFile {
    func pagesInUse() throws -> PageSet {
        let walker = try PageWalker(source: source, meta: currentMeta, limits: .init())
        _ = try walker.run { _, _, _ in }
        return walker.used
    }
}
