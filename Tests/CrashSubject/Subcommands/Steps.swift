import ArgumentParser
import SystemPackage
import WeirStore

/// Commits steps of the model to a store, from wherever it is, and says which ones are begun and which are promised. Opens, closes, backs up and
/// compacts the store in between. Whatever fails is tried again: it ends with 0 when all steps are in, with 3 when too many tries in a row failed, each
/// with a typed error, and with 4 when something was not as it should be.
struct Steps: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Commits steps of a seeded model.")

    @Argument(help: "The store's folder.") var store: String
    @Option(help: "What the steps are drawn from.") var seed: UInt64 = 1
    @Option(help: "The last step.") var steps: UInt64 = 48
    @Option(help: "Failures in a row before it gives up.") var attempts = 20
    @Flag(help: "Commits only: no backups, compactions or openings in between.") var plain = false
    @Option(help: "How commits reach the disk: full, meta (the last commit may be lost) or none.") var durability = "full"
    @Option(help: "A bug to have on purpose.") var planted = Planted.nothing

    func run() throws {
        var configuration = StoreConfiguration(maximumSize: 64 << 20)
        if durability == "meta" { configuration.durability = .lastCommitMayBeLost }
        if durability == "none" { configuration.durability = .processCrashOnly }
        let life = ModelLife(
            path: FilePath(store), configuration: configuration, seed: seed, last: steps, attempts: attempts, maintains: !plain,
            planted: planted)
        do { try life.run() } catch let end as ModelLife.End {
            say("\(end)")
            throw ExitCode(end.status)
        }
    }
}
