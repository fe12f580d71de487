import ArgumentParser
import Weir
import WeirStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The command `weir`. Every subcommand has its file in Subcommands.
@main
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "Looks into a Weir store, checks it, copies it.",
        discussion: """
            Data goes to standard output, everything else to standard error. With --format json every line of output is one JSON object.
            What only reads opens the store beside the process that is using it, and changes nothing in it.

            EXIT STATUS:
            \(ExitStatus.allCases.map { "  \($0.rawValue)\($0.rawValue < 10 ? " " : "")  \($0.meaning)" }.joined(separator: "\n"))
            """,
        subcommands: [
            Info.self, Verify.self, Backup.self, Restore.self, Compact.self, TableCommand.self, StateCommand.self, Offsets.self,
            Producers.self, DeadLettersCommand.self, Top.self,
        ])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as CommandFailure {
            end(error.status, error.message)
        } catch let error as StoreError {
            end(ExitStatus(error), error.message)
        } catch let error as StateError {
            end(ExitStatus(error), error.message)
        } catch let error as ExactlyOnceError {
            end(error.code == .invalidArgument ? .usage : .failure, error.message)
        } catch is StandardOutput.Gone {
            end(.ok, nil)
        } catch {
            exit(withError: error)
        }
    }

    private static func end(_ status: ExitStatus, _ message: String?) -> Never {
        if let message { StandardOutput.note("weir: \(message)") }
        #if canImport(Glibc)
            Glibc.exit(status.rawValue)
        #elseif canImport(Musl)
            Musl.exit(status.rawValue)
        #else
            Darwin.exit(status.rawValue)
        #endif
    }
}

/// This process, which holds a reader's slot itself while it looks.
var ownProcessID: Int32 { getpid() }

/// Waits, holding nothing.
func pause(seconds: Double) {
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
    var rest = timespec()
    while nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
}
