import ArgumentParser
import SystemPackage
import WeirStore

/// Verifies a store at rest: every page, record and tally. Fails with a line for each problem.
struct Sound: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Verifies the store.")

    @Argument(help: "The store's folder.") var store: String

    func run() throws {
        let report = try Store.verify(at: FilePath(store))
        guard report.isSound else { throw ValidationError(report.problems.joined(separator: "\n")) }
        print("sound")
    }
}
