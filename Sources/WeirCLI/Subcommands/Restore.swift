import ArgumentParser
import SystemPackage
import WeirStore

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the store from a backup, after checking every record of it.",
        discussion: """
            Nothing may be at --store yet: move a damaged store away first. Ends with status 2, and makes nothing, when the backup is damaged.
            Prints one record: the store's folder, its size, and the commit that it holds.
            """)

    @OptionGroup var options: StoreOptions

    @Argument(help: ArgumentHelp("The backup's folder.", valueName: "src"))
    var backup: String

    func run() throws {
        do {
            try Store.restore(from: FilePath(backup), to: options.path)
        } catch let error as StoreError where error.code == .invalidArgument {
            throw CommandFailure(.cannotCreate, error.message)
        }
        try options.print { try CopiedStore.print(options.path, $0) }
    }
}
