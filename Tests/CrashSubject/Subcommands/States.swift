import ArgumentParser
import Foundation

/// Builds the states in which a crash may have left a store's data file, out of a recording of the life that wrote it, and checks each.
struct States: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Checks every state that a crash may leave.")

    @Argument(help: "The store's folder.") var store: String
    @Argument(help: "The shim's recording.") var recording: String
    @Option(help: "As it was given to Steps.") var seed: UInt64 = 1
    @Option(help: "Commits that may be lost though they were acknowledged.") var mayLose = 0
    @Option(help: "Choices of pages to try at a point: all, where they are no more.") var choices = 256
    @Option(help: "Torn states to try at a point.") var tears = 32
    @Option(help: "Of how many states one is opened for writing.") var openEvery = 1000

    func run() throws {
        let marker = try Data(contentsOf: URL(filePath: store + "/weir.identity"))
        let folder = URL(filePath: store).deletingLastPathComponent().path
        var search = try CrashSearch(
            try Recording(recording, of: "/data.mdb"), opening: CrashOpening(folder: folder, marker: marker, seed: seed), mayLose: mayLose,
            choices: choices, tears: tears, openEvery: openEvery, seed: seed)
        try search.run()
        print(String(decoding: try JSONEncoder().encode(search.tally), as: UTF8.self))
    }
}
