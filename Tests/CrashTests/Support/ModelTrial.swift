import Foundation
import Synchronization
import SystemPackage
import WeirTesting

/// The model of CrashSubject, committed to a new store while something is done to its calls; and what its store looks like afterwards.
struct ModelTrial: Sendable {
    let shim: Shim
    let program: Program
    let seed: UInt64
    let steps: Int
    /// More of the program's options.
    var options: [String] = []
    /// What a life may take that does not hang.
    var patience: Double = 120

    /// What came of a trial.
    struct Finding: Sendable {
        let fault: Shim.Fault
        let ending: Ending
        /// Whether the chosen call was made at all.
        let wasHit: Bool
        /// What is wrong with the store, or nil.
        let damage: String?

        /// Ended by itself, with all steps in.
        var isDone: Bool { ending.status == 0 }
        /// Gave up after many typed errors.
        var gaveUp: Bool { ending.status == 3 }

        func isWrong(_ seed: UInt64) -> String {
            "seed \(seed), \(fault): status \(ending.status), \(damage ?? "sound"); \(ending.output.suffix(300)) \(ending.errors.suffix(300))"
        }
    }

    /// Lives once under the fault, then has the store checked by a life of its own.
    func run(_ fault: Shim.Fault) throws -> Finding {
        try withFolder { folder in
            let ending = try live(fault, in: folder)
            let acted = try log(in: folder).contains { $0.contains("*") }
            return Finding(fault: fault, ending: ending, wasHit: acted, damage: try damage(after: ending, in: folder))
        }
    }

    /// The calls of an undisturbed life, in order.
    func calls(_ fault: Shim.Fault = Shim.Fault()) throws -> [String] {
        try withFolder { folder in
            let ending = try live(fault, in: folder)
            guard ending.status == 0 else { throw Failure("an undisturbed life ended with \(ending.status): \(ending.errors)") }
            return try log(in: folder)
        }
    }

    /// Runs a trial for each fault, as many at a time as there are processors; how many faults were met, and what went wrong.
    func findings(_ faults: [Shim.Fault], _ wrong: @Sendable (Finding) -> Bool) -> (hit: Int, wrong: [String]) {
        Self.findings(faults.map { (self, $0) }, wrong)
    }

    /// The same for trials of several seeds.
    static func findings(
        _ trials: [(trial: ModelTrial, fault: Shim.Fault)], _ wrong: @Sendable (Finding) -> Bool
    ) -> (hit: Int, wrong: [String]) {
        let result = Mutex((hit: 0, wrong: [String]()))
        DispatchQueue.concurrentPerform(iterations: trials.count) { place in
            let (trial, fault) = trials[place]
            do {
                let finding = try trial.run(fault)
                result.withLock { result in
                    if finding.wasHit { result.hit += 1 }
                    if finding.damage != nil || wrong(finding) { result.wrong.append(finding.isWrong(trial.seed)) }
                }
            } catch { result.withLock { $0.wrong.append("seed \(trial.seed), \(fault): \(error)") } }
        }
        return result.withLock { $0 }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private func live(_ fault: Shim.Fault, in folder: String) throws -> Ending {
        let environment = shim.environment(fault, prefix: "\(folder)/store", log: "\(folder)/log")
        let arguments = ["steps", "\(folder)/store", "--seed", "\(seed)", "--steps", "\(steps)"] + options
        return try program.start(arguments, environment: environment).wait(atMost: patience)
    }

    private func damage(after ending: Ending, in folder: String) throws -> String? {
        func last(_ word: String) -> String {
            let lines = ending.output.split(separator: "\n").filter { $0.hasPrefix(word + " ") }
            return lines.last?.split(separator: " ").dropFirst().first.map(String.init) ?? "0"
        }
        let check = try program.start([
            "check-steps", "\(folder)/store", "--seed", "\(seed)", "--acknowledged", last("acknowledged"), "--begun", last("begun"),
        ]).wait(atMost: patience)
        return check.status == 0 ? nil : "status \(check.status): \(check.errors.prefix(1000))"
    }

    private func log(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: "\(folder)/log") else { return [] }
        return try String(contentsOfFile: "\(folder)/log", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// In memory where there is such a place: kills and errors ask nothing of a disk.
    private func withFolder<R>(_ body: (String) throws -> R) throws -> R { try withTemporaryFolder(inMemory: true) { try body($0.string) } }
}
