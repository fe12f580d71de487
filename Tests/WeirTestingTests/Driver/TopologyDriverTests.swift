import Testing
import Weir
import WeirStore
import WeirTesting
import WeirTopology

@Suite("A topology driven by a scenario", .serialized)
struct TopologyDriverTests {
    static var options: TopologyDriver.Options {
        var options = TopologyDriver.Options()
        options.captured = ["split", "count"]
        return options
    }

    @Test("what is given is committed when the scenario says so, and not before", arguments: 0..<8 as Range<UInt64>)
    func commits(seed: UInt64) throws {
        try withTemporaryFolder(inMemory: true) { folder in
            let driver = try TopologyDriver(in: folder, seed: seed, options: Self.options, wordCount)
            try driver.run(["to be", "or not to be"])
            #expect(try driver.state(of: "count").isEmpty && driver.offset(of: "lines") == 0 && driver.commits == 0)
            #expect(driver.output(of: "split").isEmpty)
            try driver.run([.commit])
            #expect(try driver.count(of: "be", in: "count") == 2 && driver.count(of: "or", in: "count") == 1)
            #expect(try driver.offset(of: "lines") == 2)
            #expect(driver.output(of: "split").compactMap { $0["word"] }.sorted() == ["be", "be", "not", "or", "to", "to"])
            #expect(driver.output(of: "count").contains { $0["word"] == "be" && $0["count"] == "2" })
            try requireSound(driver.store.path)
        }
    }

    @Test("a crash, a rollback and a source that breaks off change nothing", arguments: 0..<8 as Range<UInt64>)
    func failures(seed: UInt64) throws {
        let failures: [DriverStep] = [.crash, .rollback, .replay, .crash(after: 3), .crash(after: 9)]
        for failure in failures {
            try withTemporaryFolder(inMemory: true) { folder in
                let driver = try TopologyDriver(in: folder, seed: seed, options: Self.options, wordCount)
                try driver.run(["to be", .commit, "or not", failure, "to be", .commit])
                try driver.finish()
                let counts = try driver.state(of: "count").mapValues { $0.first ?? 0 }
                #expect(
                    counts == [Array("to".utf8): 2, Array("be".utf8): 2, Array("or".utf8): 1, Array("not".utf8): 1],
                    "\(failure), seed \(seed)")
                #expect(driver.output(of: "split").count == 6, "\(failure), seed \(seed)")
                #expect(try driver.offset(of: "lines") == 3)
                try requireSound(driver.store.path)
            }
        }
    }

    @Test("one seed is one run: the same decisions, and the same commits")
    func deterministic() throws {
        let scenario: [DriverStep] = [
            "to be", "or not", .crash(after: 12), "to be", .rollback, "a b c", .commit, "d e f", .crash, .advance(.seconds(1)),
        ]
        func run(_ seed: UInt64) throws -> ([DriverDecision], [String]) {
            try withTemporaryFolder(inMemory: true) { folder in
                let driver = try TopologyDriver(in: folder, seed: seed, wordCount)
                try driver.run(scenario)
                try driver.finish()
                return (driver.trace, try StoreContents(everythingIn: driver.store).lines)
            }
        }
        let first = try run(7)
        for _ in 0..<100 { #expect(try run(7) == first) }
        #expect(try run(8).0 != first.0)
    }

    @Test("spouts that have nothing leave each other alone while batches are limited", arguments: 0..<4 as Range<UInt64>)
    func limited(seed: UInt64) throws {
        try withTemporaryFolder(inMemory: true) { folder in
            var options = TopologyDriver.Options()
            options.partitions = 2
            options.topology.maximumAttempts = 1
            let driver = try TopologyDriver(in: folder, seed: seed, options: options) { store in
                try wordCount(store, tasks: 2, split: WordsBolt { if $0 == "poison" { throw SimulatedFailure(isPoison: true) } })
            }
            try driver.run(["a", "b", "poison", .tuple("c", partition: 1), .commit])
            try driver.finish()
            #expect(try driver.offset(of: "lines") == 3 && driver.offset(of: "lines", partition: 1) == 1)
            #expect(try ["a", "b", "c", "poison"].map { try driver.count(of: $0, in: "count") } == [1, 1, 1, 0])
        }
    }

    @Test("ticks come as often as the clock says")
    func ticks() throws {
        struct Ticking: Bolt {
            var outputs: [StreamDeclaration] { [.fields("tick")] }
            mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {}
            mutating func tick(_ output: inout Output) throws { output.emit(1) }
        }
        try withTemporaryFolder(inMemory: true) { folder in
            var options = TopologyDriver.Options()
            options.captured = ["tick"]
            let driver = try TopologyDriver(in: folder, seed: 1, options: options) { _ in
                var topology = TopologyBuilder("ticks")
                topology.spout("lines", NoLines())
                topology.bolt("tick") { Ticking() }.shuffle(from: "lines").tick(every: .seconds(1))
                return topology
            }
            try driver.run([.advance(.seconds(10)), .advance(.milliseconds(50))])
            #expect(driver.output(of: "tick").count == 10)
        }
    }

    @Test("a source that is run as it is comes to its end, and an unfit step is an error that says so")
    func unscripted() throws {
        var options = TopologyDriver.Options()
        options.scripted = false
        try withTemporaryFolder(inMemory: true) { folder in
            let lines = ReplayingSpout([["a b", "b"], ["c"]], seed: 3, interruptions: 1)
            let driver = try TopologyDriver(in: folder, seed: 3, options: options) { _ in
                var topology = TopologyBuilder("words")
                topology.spout("lines", lines)
                topology.bolt("split") { WordsBolt() }.shuffle(from: "lines")
                topology.bolt("count") { CountBolt() }.fields(["word"], from: "split")
                return topology
            }
            #expect(throws: DriverError.self) { try driver.run(["a b"]) }
            try driver.finish()
            #expect(try driver.count(of: "b", in: "count") == 2)
            #expect(throws: DriverError.self) { try driver.run([.commit]) }
        }
    }

    @Test("a run that has given up is not torn down a second time; another process goes on")
    func givenUp() throws {
        try withTemporaryFolder(inMemory: true) { folder in
            var options = Self.options
            let failures = Sum()
            options.topology.faults = { $0.place == .submission && failures.add(1) <= 2 }
            options.topology.maximumAttempts = 2
            let driver = try TopologyDriver(in: folder, seed: 4, options: options, wordCount)
            #expect(throws: TopologyError.self) { try driver.run(["to be", .commit]) }
            #expect(throws: DriverError.self) { try driver.run([.commit]) }
            #expect(throws: DriverError.self) { try driver.finish() }
            try driver.run([.crash, "or not", .commit])
            try driver.finish()
            #expect(try driver.count(of: "be", in: "count") == 1 && driver.count(of: "or", in: "count") == 1)
        }
    }

    @Test("an attempt that cannot begin just now is made later, as in every run")
    func laterStart() throws {
        try withTemporaryFolder(inMemory: true) { folder in
            let asked = Sum()
            var options = TopologyDriver.Options()
            options.scripted = false
            options.topology.faults = { $0.place == .submission && $0.attempt == 0 }
            let driver = try TopologyDriver(in: folder, seed: 5, options: options) { _ in
                var topology = TopologyBuilder("words")
                topology.spout("lines", BusySpout(asked: asked))
                topology.bolt("split") { WordsBolt() }.shuffle(from: "lines")
                topology.bolt("count") { CountBolt() }.fields(["word"], from: "split")
                return topology
            }
            try driver.finish()
            #expect(try driver.count(of: "be", in: "count") == 1)
        }
    }
}

/// One line, from a source that is busy when it is asked for its partitions a second time.
private struct BusySpout: ReplayableSpout {
    let asked: Sum
    var outputs: [StreamDeclaration] { [.fields("line")] }
    func partitions() throws -> [UInt32] {
        guard asked.add(1) != 2 else { throw StoreError(.busy, "It is busy.") }
        return [0]
    }
    func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {}
    func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
        output.emit("to be", at: 0, next: 1)
        return .finished
    }
}
