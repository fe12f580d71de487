import CLMDB
import Testing
import WeirTesting

@testable import LMDB

@Suite("Reading LMDB's file format: agreement with LMDB")
struct AgreementTests {
    @Test(
        "after every commit of a random history the walk is clean, and finds LMDB's records and counts", arguments: [1, 2, 3] as [UInt64])
    func agreement(seed: UInt64) throws {
        let fixture = try Fixture()
        var random = SeededGenerator(seed: seed)
        var contents: Contents = [:]
        for round in 0..<40 {
            try fixture.churn(&random, &contents, operations: round % 8 == 7 ? 300 : 30)
            let file = try PageFile(path: fixture.path)
            let found = try file.contents()
            let comment: Comment = "seed \(seed), round \(round)"
            #expect(found.walk.damage == [], comment)
            #expect(file.metaDamage == [], comment)
            #expect(found.contents == contents.filter { !$0.value.isEmpty }, comment)
            try file.checkSize(file.currentMeta)
            try compareCounts(fixture, found.walk, comment)
        }
    }

    private func compareCounts(_ fixture: Fixture, _ walk: PageWalk, _ comment: Comment) throws {
        let transaction = try fixture.begin(MDB_RDONLY)
        defer { mdb_txn_abort(transaction) }
        var info = MDB_envinfo()
        try fixture.check(mdb_env_info(fixture.environment, &info))
        #expect(walk.lastPage == info.me_last_pgno, comment)
        #expect(walk.transactionID == info.me_last_txnid, comment)
        #expect(walk.usedPages + walk.freePages + 2 == walk.lastPage + 1, comment)
        for database in [walk.mainDatabase] + walk.databases {
            var stat = MDB_stat()
            try fixture.check(mdb_stat(transaction, fixture.database(database.name, transaction, flags: 0), &stat))
            let counts = [stat.ms_branch_pages, stat.ms_leaf_pages, stat.ms_overflow_pages, stat.ms_entries].map(UInt64.init)
            #expect([database.branchPages, database.leafPages, database.overflowPages, database.entries] == counts, comment)
            #expect(database.depth == Int(stat.ms_depth), comment)
        }
    }

    @Test("a new, an emptied and a copied file are clean")
    func unusualFiles() throws {
        let fixture = try Fixture()
        #expect(try PageFile(path: fixture.path).contents().walk.isIntact)
        #expect(try PageFile(path: fixture.path).transactionID == 0)
        try fixture.write { try fixture.put([1], [2], fixture.database("counts", $0), $0) }
        try fixture.write { try fixture.delete([1], fixture.database("counts", $0), $0) }
        let emptied = try PageFile(path: fixture.path).contents()
        #expect(emptied.walk.isIntact)
        #expect(emptied.walk.databases.map(\.entries) == [0])

        var contents: Contents = [:]
        var random = SeededGenerator(seed: 4)
        for _ in 0..<5 { try fixture.churn(&random, &contents, operations: 60) }
        for compacting in [false, true] {
            let found = try PageFile(path: fixture.copy(compacting: compacting)).contents()
            #expect(found.walk.damage == [])
            #expect(found.contents == contents)
            #expect((found.walk.freePages == 0) == compacting)
        }
    }

    @Test("deep trees, long lists of free pages and the largest keys are read")
    func extremes() throws {
        let fixture = try Fixture()
        var random = SeededGenerator(seed: 5)
        var keys: [[UInt8]] = []
        try fixture.write { transaction in
            let database = try fixture.database("deep", transaction)
            for _ in 0..<3000 {
                keys.append(random.bytes(511))
                try fixture.put(keys.last!, random.bytes(1400), database, transaction)
            }
            try fixture.put([1], random.bytes(5_000_000), database, transaction)
        }
        let full = try PageFile(path: fixture.path).contents()
        #expect(full.walk.damage == [])
        #expect(full.walk.databases[0].depth >= 5)
        #expect(full.contents["deep"]?[[1]]?.count == 5_000_000)
        try fixture.write { transaction in
            let database = try fixture.database("deep", transaction)
            for key in keys { try fixture.delete(key, database, transaction) }
        }
        for _ in 0..<20 { try fixture.write { try fixture.put([2], [3], fixture.database("deep", $0), $0) } }
        let walk = try PageFile(path: fixture.path).contents().walk
        #expect(walk.damage == [])
        #expect(walk.freeDatabase.overflowPages > 0)
        #expect(walk.freePages > 1000)
    }

    @Test("a pinned snapshot stays readable while commits go on")
    func liveWriter() throws {
        let fixture = try Fixture()
        var contents: Contents = [:]
        var random = SeededGenerator(seed: 6)
        for _ in 0..<6 { try fixture.churn(&random, &contents, operations: 60) }
        let pinned = contents
        let snapshot = try fixture.begin(MDB_RDONLY)
        let file = try PageFile(path: fixture.path)
        let meta = try file.meta(ofTransaction: UInt64(mdb_txn_id(snapshot)))
        var found: Contents = [:]
        var commits = 0
        let walk = try file.walk(meta) { database, key, value in
            found[database, default: [:]][Array(key)] = Array(value)
            if found[database]!.count % 10 == 1 {
                try fixture.churn(&random, &contents, operations: 8)
                commits += 1
            }
        }
        #expect(walk.damage == [])
        #expect(found == pinned)
        #expect(commits > 10)
        #expect { _ = try file.meta(ofTransaction: meta.transactionID) } throws: { ($0 as? PageFileError)?.kind == .snapshotGone }
        mdb_txn_abort(snapshot)
        let later = try PageFile(path: fixture.path).contents()
        #expect(later.walk.damage == [])
        #expect(later.contents == contents)
    }

    @Test("free pages at the end that LMDB never wrote are no truncation")
    func unwrittenTail() throws {
        let fixture = try Fixture()
        // Pages to use again come first, so that the commit does not take its own from the end.
        for _ in 0..<10 { try fixture.write { try fixture.put([1], [1], fixture.database("a", $0), $0) } }
        var random = SeededGenerator(seed: 7)
        try fixture.write { transaction in
            let database = try fixture.database("a", transaction)
            let keys = (0..<500).map { _ in random.bytes(20) }
            for key in keys { try fixture.put(key, random.bytes(200), database, transaction) }
            for key in keys { try fixture.delete(key, database, transaction) }
        }
        let file = try PageFile(path: fixture.path)
        #expect(
            file.fileBytes < (file.lastPage + 1) * UInt64(file.pageSize),
            "the file must be shorter than its pages for this to test anything")
        try file.checkSize(file.currentMeta)
        #expect(try file.contents().walk.damage == [])
    }

    @Test("what a visitor throws ends the walk and comes out as it is")
    func visitorThrows() throws {
        struct Enough: Error {}
        let fixture = try Fixture()
        try fixture.write { try fixture.put([1], [1], fixture.database("a", $0), $0) }
        let file = try PageFile(path: fixture.path)
        #expect(throws: Enough.self) { _ = try file.walk(file.currentMeta) { _, _, _ in throw Enough() } }
    }
}
