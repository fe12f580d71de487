import Testing
import Weir
import WeirStore
import WeirTesting
import WeirTopology

@Suite("Proof of a topology", .serialized)
struct VerifyTopologyTests {
    static let input: [DriverStep] = ["to be", "or not to be", .commit, "to be", "the question", .commit, "to be", "to sleep"]

    @Test("a word count is exactly-once at every point", arguments: 0..<2 as Range<UInt64>)
    func wordCounts(seed: UInt64) throws {
        let report = try verifyExactlyOnce(Self.input, seed: seed, wordCount)
        #expect(report.commits >= 3 && report.points.count >= 8 * report.commits, "\(report)")
    }

    @Test("a bolt that keeps its count in memory is found, with the call that repeats it")
    func memory() throws {
        let error = #expect(throws: ExactlyOnceViolation.self) { try verifyExactlyOnce(Self.input, seed: 5, inMemory) }
        let violation = try #require(error)
        #expect(violation.call.contains("seed: 5, only: CrashPoint(\"\(violation.point)\")"))
        let point = try #require(CrashPoint(violation.point))
        // Just this again, 100 times of 100.
        for _ in 0..<100 {
            #expect(throws: ExactlyOnceViolation.self) { try verifyExactlyOnce(Self.input, seed: 5, only: point, inMemory) }
        }
    }

    @Test("what would prove nothing is refused: a point that is never reached, and a scenario without a commit")
    func nothing() throws {
        for text in ["commit 99, before", "commit 99, submission", "commit 99, undone, twice", "commit 99, after", "decision 99999"] {
            let point = try #require(CrashPoint(text))
            #expect(throws: DriverError.self, "\(text)") { try verifyExactlyOnce(Self.input, seed: 1, only: point, wordCount) }
        }
        #expect(throws: DriverError.self) { try verifyExactlyOnce([], seed: 1, wordCount) }
    }

    @Test("captured streams are compared: a bolt that numbers what it emits from memory is found")
    func captured() throws {
        struct Numbering: Bolt {
            var number = 0
            var outputs: [StreamDeclaration] { [.fields("number")] }
            mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
                number += 1
                output.emit(number)
            }
        }
        func numbering(_ store: Store) throws -> TopologyBuilder {
            var topology = TopologyBuilder("numbering")
            topology.spout("lines", NoLines())
            topology.bolt("number") { Numbering() }.shuffle(from: "lines")
            return topology
        }
        var options = TopologyDriver.Options()
        try verifyExactlyOnce(Self.input, seed: 2, options: options, numbering)
        options.captured = ["number"]
        #expect(throws: ExactlyOnceViolation.self) { try verifyExactlyOnce(Self.input, seed: 2, options: options, numbering) }
        options.captured = ["split"]
        try verifyExactlyOnce(Self.input, seed: 2, options: options, wordCount)
    }

    @Test("the weaker guarantees are found out", arguments: [Guarantee.atLeastOnce(), .atMostOnce()])
    func weaker(_ guarantee: Guarantee) throws {
        var options = TopologyDriver.Options()
        options.guarantee = guarantee
        #expect(throws: ExactlyOnceViolation.self) { try verifyExactlyOnce(Self.input, seed: 1, options: options, wordCount) }
    }

    @Test("a point is what its description says")
    func points() throws {
        for text in ["commit 3, before", "commit 1, submission", "commit 2, undone, twice", "commit 10, after", "decision 0"] {
            #expect(CrashPoint(text)?.description == text)
        }
        for text in [
            "", "commit", "commit 3", "commit x, before", "commit 3, twice", "decision 1, twice", "decision -1", "commit 1, after, thrice",
        ] {
            #expect(CrashPoint(text) == nil, "\(text)")
        }
    }

    /// Counts in a variable, and puts what it has counted into a table.
    private func inMemory(_ store: Store) throws -> TopologyBuilder {
        struct Forgetful: Bolt {
            let table: Table<String, UInt64>
            var counts: [String: UInt64] = [:]
            mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
                let line = try tuple["line"].string
                counts[line, default: 0] += 1
                output.stage { [table, count = counts[line] ?? 0] in try $0.put(count, for: line, in: table) }
            }
        }
        let table = try store.table("lines", key: String.self, value: UInt64.self)
        var topology = TopologyBuilder("forgetful")
        topology.spout("lines", NoLines())
        topology.bolt("count") { Forgetful(table: table) }.fields(["line"], from: "lines")
        return topology
    }
}
