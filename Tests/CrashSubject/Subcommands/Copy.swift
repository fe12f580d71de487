import ArgumentParser
import SystemPackage
import WeirStore

/// Takes a backup of a store that another process writes, or restores one; says `begun` before, and `done` when it is durable.
struct Copy: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Backs a store up, or restores it.")

    @Argument(help: "The store's or the backup's folder.") var source: String
    @Argument(help: "Where nothing is yet.") var destination: String
    @Flag(help: "Restores a backup.") var restoring = false

    func run() throws {
        if restoring {
            say("begun")
            try Store.restore(from: FilePath(source), to: FilePath(destination))
        } else {
            let store = try Store.open(at: FilePath(source), configuration: StoreConfiguration(access: .readOnly))
            defer { store.close() }
            say("begun")
            try store.backup(to: FilePath(destination))
        }
        say("done")
    }
}
