import ArgumentParser
import SystemPackage
import UnixSignals
import WeirStore
import WeirTopology

@main
struct Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "WordCount",
        abstract: "Counts the words of files, each once, whatever kills it.",
        discussion: "Run again, it counts what is new. SIGTERM and Ctrl-C commit what was read and end in order.")

    @Argument(help: "The files to count; - for standard input. Without any: the Markdown documents of the working directory.")
    var files: [String] = []

    @Option(help: "The folder of the store, created when it is missing.")
    var store = "./weir-store"

    @Option(help: "How often a line counts, whatever fails: \(GuaranteeName.allCases.map(\.rawValue).joined(separator: ", ")).")
    var guarantee = GuaranteeName.exactlyOnce

    @Option(help: "How often is committed, such as 1ms or 0.5s. (default: 10ms for exactly-once, 100ms for the others)")
    var commitInterval: DurationArgument?

    @Option(help: "Tasks that read files.")
    var spouts = 4

    @Option(help: "Tasks that split lines.")
    var splits = 8

    @Option(help: "Tasks that count words.")
    var counts = 8

    @Option(help: "Lines of one spout that may be read and not yet committed.")
    var maxPending: Int?

    @Option(help: "How many of the most frequent words to print.")
    var top = 20

    @Option(help: "A file to write all counts to, as word<TAB>count, sorted by word.")
    var output: String?

    @Option(help: "How to print the results: \(OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = OutputFormat.text

    @Flag(help: "Go on as the files grow, until SIGTERM or Ctrl-C.")
    var follow = false

    func validate() throws {
        for (name, value) in [("spouts", spouts), ("splits", splits), ("counts", counts)] where !(1...4096 ~= value) {
            throw ValidationError("--\(name) must be 1 to 4096.")
        }
        guard maxPending ?? 1 >= 1 else { throw ValidationError("--max-pending must be 1 or more.") }
        guard top >= 0 else { throw ValidationError("--top must be 0 or more.") }
        guard commitInterval?.duration ?? .seconds(1) >= .microseconds(100) else {
            throw ValidationError("--commit-interval must be 100us or more.")
        }
        guard files.contains("-") else { return }
        guard files.count == 1 else { throw ValidationError("- stands for standard input and cannot be mixed with files.") }
        guard guarantee == .atMostOnce else {
            throw ValidationError(
                "Standard input cannot be read again, so \(guarantee.rawValue) cannot be promised: use --guarantee at-most-once, or name a file."
            )
        }
    }

    func run() async throws {
        // From here on, and until the report is printed, SIGTERM and Ctrl-C are requests: none of them ends the process in the middle.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        do {
            let report = try await Counting(self, signals).run()
            print(format == .json ? report.json : report.text)
        } catch { throw Failure(explaining: error, store: store) }
        withExtendedLifetime(signals) {}
    }

    /// What is to be read: nil for standard input.
    var paths: [FilePath]? {
        get throws {
            if files == ["-"] { return nil }
            let paths = files.isEmpty ? Documents.find() : files.map { FilePath($0) }
            guard !paths.isEmpty else {
                throw Failure("There are no Markdown documents here: name a FILE to count, or run this where a README.md is.")
            }
            return paths
        }
    }

    /// As the topology wants it.
    var promised: Guarantee {
        let interval = commitInterval?.duration
        return switch guarantee {
        case .atMostOnce: interval.map { .atMostOnce(commitEvery: $0) } ?? .atMostOnce()
        case .atLeastOnce: interval.map { .atLeastOnce(commitEvery: $0) } ?? .atLeastOnce()
        case .exactlyOnce: interval.map { .exactlyOnce(commitEvery: $0) } ?? .exactlyOnce()
        }
    }
}
