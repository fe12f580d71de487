import ArgumentParser
import SystemPackage
import WeirStore

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copies the newest commit into a new folder, while the store is in use.",
        discussion: """
            The copy is a store itself. It gets its name when all of it is on disk: whatever carries the name is whole.
            Prints one record: the copy's folder, its size, and the commit that it holds.
            """)

    @OptionGroup var options: StoreOptions

    @Argument(help: ArgumentHelp("The folder to make.", valueName: "dest"))
    var destination: String

    @Flag(help: "Copies free pages too, which is quicker where there are few.")
    var keepFreePages = false

    func run() throws {
        let destination = FilePath(destination)
        try options.read { store, _ in
            do {
                try store.backup(to: destination, compacting: !keepFreePages)
            } catch let error as StoreError where error.code == .invalidArgument {
                throw CommandFailure(.cannotCreate, error.message)
            }
        }
        try options.print { try CopiedStore.print(destination, $0) }
    }
}

/// What is said of a store that was just made from another one.
enum CopiedStore {
    static func print(_ path: FilePath, _ output: Output) throws {
        let copy = try Store.open(at: path, configuration: StoreConfiguration(access: .readOnly))
        defer { copy.close() }
        let statistics = try copy.statistics()
        try output.record([
            Field("store", .text("\(path)")),
            Field("transactionID", .unsigned(statistics.transactionID.rawValue)),
            Field("fileBytes", .size(UInt64(statistics.fileBytes)), heading: "file"),
        ])
    }
}
