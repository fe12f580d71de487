import Foundation
import SystemPackage
import Testing
import WeirTesting

/// A mixed load (topology, function, gate) on one store, killed at random moments for as long as asked, and audited after each kill.
///
/// `WEIR_PROOF_SOAK_SECONDS` (10) says how long, `WEIR_PROOF_SOAK_CLIENTS` (2) how many clients of each kind wait for their commits,
/// `WEIR_PROOF_SOAK_LIFE` (2) how many seconds a life lasts at most, and `WEIR_PROOF_SOAK_STORE` names a folder to go on in another time.
@Suite("Without end", .serialized, .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built"))
struct SoakTests {
    @Test("killed at random moments, nothing is lost or doubled, and nothing grows")
    func soak() throws {
        let program = try #require(Program.crashSubject)
        var random = SeededGenerator(seed: ProofSize.seed)
        let length = Duration.seconds(ProofSize.number("SOAK_SECONDS", 10))
        let longest = Double(ProofSize.number("SOAK_LIFE", 2))
        let clients = ProofSize.number("SOAK_CLIENTS", 2)
        try withTemporaryFolder { folder in
            let store = ProcessInfo.processInfo.environment["WEIR_PROOF_SOAK_STORE"].map { FilePath($0) } ?? folder.appending("store")
            let start = ContinuousClock.now
            var growth = Growth()
            var (lives, summary) = (0, "")
            repeat {
                lives += 1
                let seed = "\(UInt64.random(in: 0...UInt64(Int32.max), using: &random))"
                let life = try Dialogue(program, ["soak", store.string, "--seed", seed, "--clients", "\(clients)"])
                try #require(life.line(beginning: "begun") != nil, "life \(lives): \(life.errorText())")
                let ended = life.ends(within: .random(in: 0...longest, using: &random))
                let facts = ProcessFacts(of: life.processID, store)
                try #require(!ended && life.end(SIGKILL) == -SIGKILL, "life \(lives) ended by itself: \(life.errorText())")
                let check = try program.run(["check-soak", store.string])
                try #require(check.status == 0, "seed \(ProofSize.seed), life \(lives): \(check.errors)")
                summary = check.output.trimmingCharacters(in: .newlines)
                if let facts { growth.note(facts, at: (ContinuousClock.now - start) / .seconds(1)) }
            } while ContinuousClock.now - start < length
            ProofSize.report(row: 17, "lives of a mixed load (\(summary); \(growth))", done: lives, bad: 0)
            // A slope takes time to show: before half an hour all is still growing to its size. Later it is one when it is more than chance makes
            // of lives that are seen at different ages.
            if length >= .seconds(1800) { #expect(growth.perHour.allSatisfy { $0.least < 0.01 && $0.error < 0.05 }, "\(growth)") }
            #expect(growth.isBounded, "\(growth)")
        }
    }
}

/// What a process holds: memory and descriptors, and how long its store's file is.
private struct ProcessFacts {
    let memory: Double
    let descriptors: Double
    let file: Double

    /// Nil when it cannot be looked at.
    init?(of process: Int32, _ store: FilePath) {
        guard let pages = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first,
            let memory = Double(pages),
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd"),
            let size = try? FileManager.default.attributesOfItem(atPath: store.appending("data.mdb").string)[.size] as? Int
        else { return nil }
        self.memory = memory * Double(sysconf(Int32(_SC_PAGESIZE)))
        descriptors = Double(open.count)
        file = Double(size)
    }
}

/// How memory, descriptors and the file grow over lives: by least squares over the second half, when all has its size.
private struct Growth: CustomStringConvertible {
    /// A growth in an hour, as a share of the mean, and its standard error.
    struct Slope: CustomStringConvertible {
        var value = 0.0
        var error = 0.0

        /// What it is at least, but for a chance of 1 in 40.
        var least: Double { value - 2 * error }
        var description: String { String(format: "%.1f ± %.1f %%", value * 100, error * 100) }
    }

    private var facts: [(time: Double, facts: ProcessFacts)] = []

    mutating func note(_ new: ProcessFacts, at time: Double) { facts.append((time, new)) }

    var perHour: [Slope] { [\ProcessFacts.memory, \.descriptors, \.file].map(slope) }

    /// Limits that this load stays far below, however long it runs.
    var isBounded: Bool { facts.allSatisfy { $0.facts.memory < 500e6 && $0.facts.descriptors < 100 && $0.facts.file < 300e6 } }

    var description: String {
        let last = facts.last?.facts
        let sizes = [last?.memory, last?.file].map { "\(Int(($0 ?? 0) / 1e6)) MB" }
        let slopes = perHour.map(\.description).joined(separator: ", ")
        return "memory \(sizes[0]), file \(sizes[1]), \(Int(last?.descriptors ?? 0)) descriptors; growth an hour \(slopes)"
    }

    private func slope(_ what: KeyPath<ProcessFacts, Double>) -> Slope {
        let late = facts.suffix((facts.count + 1) / 2)
        guard late.count > 2 else { return Slope(error: .infinity) }
        let count = Double(late.count)
        let time = late.reduce(0) { $0 + $1.time } / count
        let mean = late.reduce(0) { $0 + $1.facts[keyPath: what] } / count
        let covariance = late.reduce(0) { $0 + ($1.time - time) * ($1.facts[keyPath: what] - mean) }
        let variance = late.reduce(0) { $0 + ($1.time - time) * ($1.time - time) }
        guard variance > 0, mean > 0 else { return Slope(error: .infinity) }
        let slope = covariance / variance
        let rest = late.reduce(0) { sum, fact in
            let distance = fact.facts[keyPath: what] - mean - slope * (fact.time - time)
            return sum + distance * distance
        }
        return Slope(value: slope * 3600 / mean, error: (rest / (count - 2) / variance).squareRoot() * 3600 / mean)
    }
}
