import ArgumentParser
import WeirStore

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what happens in a store, until it is interrupted.",
        discussion: """
            Commits in a second, how long they took, who reads and for how long, the state journal's tail, the file's size. On a terminal the
            screen is drawn anew; elsewhere each interval is a record, in JSON a line.
            Latencies are those that the writing process says; they are missing while it commits nothing. A reader's age counts from when this
            command first saw its snapshot. Holds no snapshot between intervals.
            """)

    @OptionGroup var options: StoreOptions

    @Option(name: .long, help: "Seconds between two looks.")
    var interval: Double = 1

    @Option(name: .long, help: "Ends after so many looks.")
    var count: Int?

    func validate() throws {
        guard interval >= 0.05, interval <= 86_400 else { throw ValidationError("--interval is \(interval); give 0.05 to 86400 seconds.") }
        if let count, count < 1 { throw ValidationError("--count is \(count); give at least 1.") }
    }

    func run() throws {
        try options.read { store, output in
            var watch = StoreWatch(store: store, path: options.path)
            var looks = 0
            while true {
                try show(try watch.look(), output)
                try output.flush()
                looks += 1
                if let count, looks >= count { return }
                pause(seconds: interval)
            }
        }
    }

    private func show(_ look: StoreLook, _ output: Output) throws {
        let screen = output.format == .text && StandardOutput.isTerminal
        // Home, and clear to the end.
        if screen { try output.screen("\u{1B}[H\u{1B}[2J") }
        try output.record(look.fields(output.format))
        guard output.format == .text else { return }
        if !look.readers.isEmpty {
            try output.screen("\n")
            try output.table(look.readers.map(\.fields))
        }
        if !screen { try output.screen("\n") }
    }
}
