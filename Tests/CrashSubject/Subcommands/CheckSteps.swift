import ArgumentParser
import SystemPackage
import WeirStore

/// Checks a store after a crash: that it verifies, that all promised steps and at most the begun ones are in, each once, and that it goes on.
struct CheckSteps: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Checks what Steps has left.")

    @Argument(help: "The store's folder.") var store: String
    @Option(help: "As it was given to Steps.") var seed: UInt64 = 1
    @Option(help: "The last step that was acknowledged.") var acknowledged: UInt64 = 0
    @Option(help: "The last step that was begun.") var begun: UInt64 = 0

    func run() throws {
        let path = FilePath(store)
        var problems = try ModelCheck(path: path, seed: seed, acknowledged: acknowledged, begun: begun).problems()
        if problems.isEmpty {
            let run = try ModelRun(at: path, configuration: StoreConfiguration(maximumSize: 64 << 20), seed: seed)
            let next = try run.offset() + 1
            for outcome in run.commit(Step.together(from: next, last: next + 3, seed: seed)) { _ = try outcome.get() }
            let offset = try run.offset()
            run.store.close()
            problems = try ModelCheck(path: path, seed: seed, acknowledged: offset, begun: offset).problems().map { "afterwards: \($0)" }
        }
        guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
        print("sound")
    }
}
