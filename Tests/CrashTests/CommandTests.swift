import Foundation
import SystemPackage
import Testing
import WeirStore
import WeirTesting

/// WordCount as a user runs it: what it prints, what it refuses, how it ends.
@Suite("WordCount on the command line", .enabled(if: Program.wordCount != nil, "the program WordCount was not built beside the tests"))
struct CommandTests {
    let program: Program

    init() throws { program = try #require(Program.wordCount) }

    private func write(_ text: String, to path: FilePath) throws { try Data(text.utf8).write(to: URL(filePath: path.string)) }

    /// A refusal is one line that names what is meant, on standard error, with an exit code that is not 0, and nothing on standard output.
    private func expectRefusal(_ ending: Ending, naming words: String..., status: Int32 = 1, at place: SourceLocation = #_sourceLocation) {
        #expect(ending.status == status, "\(ending.errors)", sourceLocation: place)
        #expect(ending.output.isEmpty, sourceLocation: place)
        if status == 1 { #expect(ending.errors.split(separator: "\n").count == 1, "\(ending.errors)", sourceLocation: place) }
        for word in words { #expect(ending.errors.contains(word), "\(ending.errors)", sourceLocation: place) }
    }

    @Test("counts as the README's one line of tr, sort and uniq does")
    func oracle() throws {
        try withTemporaryFolder { folder in
            let text = try GeneratedText(in: folder.string, bytes: 300_000, files: 2, seed: 1)
            let output = folder.appending("counts.tsv").string
            let ending = try program.run(text.files + ["--store", "\(folder)/store", "--output", output])
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(ending.errors.isEmpty)

            let readme = try String(contentsOf: Program.repository.appending(path: "Examples/WordCount/README.md"), encoding: .utf8)
            let lines = readme.split(separator: "\n").drop { !$0.contains("| LC_ALL=C tr") }.prefix { $0.hasPrefix("    ") }
            var command = lines.joined(separator: "\n")
            command.replace("FILE ...", with: text.files[1] + " " + text.files[0])
            let shell = try Program(path: "/bin/bash").run(["-euo", "pipefail", "-c", command])
            #expect(shell.output.split(separator: "\n").count > 1000)
            #expect(shell.output == (try String(contentsOfFile: output, encoding: .utf8)))
            #expect(text.difference(from: try GeneratedText.counts(from: output)) == nil)
        }
    }

    @Test("with no file it counts the documents, and run again says that nothing is new")
    func documents() throws {
        try withTemporaryFolder { folder in
            try write("The weir, the river.\n", to: folder.appending("README.md"))
            let first = try program.run([], in: folder.string)
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.output.contains("2  the") && first.output.contains("4 words") && first.output.contains("weir-store"))
            let second = try program.run([], in: folder.string)
            #expect(second.status == 0, "\(second.errors)")
            #expect(second.output.contains("Nothing is new") && second.output.contains("2  the") && second.output.contains("4 words"))
        }
        try withTemporaryFolder { folder in
            expectRefusal(try program.run([], in: folder.string), naming: "FILE")
        }
    }

    @Test("other arguments on the same store go on from where it stopped")
    func otherArguments() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending("a.txt")
            let output = folder.appending("counts.tsv").string
            var text = ""
            let variants: [[String]] = [
                [], ["--spouts", "1", "--splits", "1", "--counts", "1"], ["--counts", "13", "--splits", "2"],
                ["--guarantee", "at-least-once"], ["--guarantee", "at-most-once"],
                ["--guarantee", "exactly-once", "--commit-interval", "1ms"],
                ["--max-pending", "10"],
            ]
            for (round, arguments) in variants.enumerated() {
                for line in 0..<500 { text += "all of line \(line) in round \(String(repeating: "i", count: round + 1))\n" }
                try write(text, to: file)
                let ending = try program.run([file.string, "--store", "\(folder)/store", "--output", output] + arguments)
                #expect(ending.status == 0, "\(arguments): \(ending.errors)")
                let counts = try GeneratedText.counts(from: output)
                #expect(counts["all"] == 500 * (round + 1), "\(arguments)")
                #expect(counts[String(repeating: "i", count: round + 1)] == 500, "\(arguments)")
            }
        }
    }

    @Test("a truncated or replaced file is refused, and nothing is lost")
    func replaced() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending("a.txt")
            let arguments = [file.string, "--store", "\(folder)/store"]
            try write("one two\nthree\n", to: file)
            #expect(try program.run(arguments).status == 0)
            try write("one two\n", to: file)
            expectRefusal(try program.run(arguments), naming: file.string, "truncated", "new store")
            try write("six seven\neight\n", to: file)
            expectRefusal(try program.run(arguments), naming: file.string, "replaced", "new store")
            try write("one two\nthree\nfour\n", to: file)
            let ending = try program.run(arguments + ["--format", "json"])
            #expect(
                ending.output.contains("\"sentences\":1,") && ending.output.contains("\"total_words\":4,"),
                "\(ending.output)\(ending.errors)")
        }
    }

    @Test("what cannot be read is refused")
    func unreadable() throws {
        try withTemporaryFolder { folder in
            let store = ["--store", "\(folder)/store"]
            expectRefusal(try program.run(["\(folder)/missing.txt"] + store), naming: "missing.txt")
            expectRefusal(try program.run([folder.string] + store), naming: "folder")
            let file = folder.appending("a.txt")
            try write("a\n", to: file)
            expectRefusal(try program.run([file.string, file.string] + store), naming: "once")
            try write(String(repeating: "a", count: 2_000_000), to: file)
            expectRefusal(try program.run([file.string] + store), naming: file.string, "fold")
            expectRefusal(try program.run([file.string, "--guarantee", "twice"] + store), naming: "exactly-once", status: 64)
            expectRefusal(try program.run([file.string, "--commit-interval", "soon"] + store), naming: "commit-interval", status: 64)
            expectRefusal(try program.run([file.string, "--spouts", "0"] + store), naming: "spouts", status: 64)
        }
    }

    @Test("standard input is counted at most once, and no more is promised")
    func standardInput() throws {
        try withTemporaryFolder { folder in
            let store = ["--store", "\(folder)/store"]
            expectRefusal(try program.run(["-"] + store, input: Data("a\n".utf8)), naming: "at-most-once", status: 64)
            expectRefusal(
                try program.run(["-", "--guarantee", "at-least-once"] + store, input: Data("a\n".utf8)), naming: "at-most-once", status: 64)
            let output = folder.appending("counts.tsv").string
            let ending = try program.run(
                ["-", "--guarantee", "at-most-once", "--output", output] + store, input: Data("One two\none".utf8))
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(try GeneratedText.counts(from: output) == ["one": 2, "two": 1])
        }
    }

    @Test("a store that is held, damaged, or none is refused")
    func badStore() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending("a.txt")
            let store = folder.appending("store")
            let arguments = [file.string, "--store", store.string]
            try write("a\n", to: file)
            #expect(try program.run(arguments).status == 0)

            let held = try Store.open(at: store)
            expectRefusal(try program.run(arguments), naming: store.string)
            held.close()
            #expect(try program.run(arguments).status == 0)

            // The two meta pages, and all after them.
            let data = URL(filePath: store.appending("data.mdb").string)
            let sound = try Data(contentsOf: data)
            try Data(repeating: 0x5A, count: sound.count).write(to: data)
            expectRefusal(try program.run(arguments), naming: store.string)
            let marker = URL(filePath: store.appending("weir.identity").string)
            let identity = try String(contentsOf: marker, encoding: .utf8)
            try sound.write(to: data)
            #expect(chmod(data.path, 0o600) == 0)
            try identity.replacingOccurrences(of: "format 1", with: "format 99").write(to: marker, atomically: false, encoding: .utf8)
            expectRefusal(try program.run(arguments), naming: store.string, "format 99", "version")
            try identity.write(to: marker, atomically: false, encoding: .utf8)

            try Data().write(to: data)
            expectRefusal(try program.run(arguments), naming: store.string)
            try sound.write(to: data)
            #expect(chmod(data.path, 0o600) == 0)
            #expect(try program.run(arguments).status == 0)

            expectRefusal(try program.run([file.string, "--store", file.string]), naming: file.string)
            expectRefusal(try program.run(arguments + ["--output", "\(folder)/missing/counts.tsv"]), naming: "counts.tsv")
        }
    }

    @Test("a full disk ends it with an error, and with space it goes on to the right counts")
    func fullDisk() throws {
        try withTemporaryFolder { folder in
            let text = try GeneratedText(in: folder.string, bytes: 2_000_000, files: 2, seed: 2)
            let output = folder.appending("counts.tsv").string
            let arguments = text.files + ["--store", "\(folder)/store", "--output", output, "--commit-interval", "1ms"]
            // No file may grow beyond 512 blocks of 1 KiB: less than the store needs.
            let limited = "ulimit -f 512 && exec \"$0\" \"$@\""
            let ending = try Program(path: "/bin/bash").run(["-c", limited, program.path] + arguments)
            expectRefusal(ending, naming: "space")
            let after = try program.run(arguments)
            #expect(after.status == 0, "\(after.errors)")
            let wrong = text.difference(from: try GeneratedText.counts(from: output))
            #expect(wrong == nil, "\(wrong ?? "")")
        }
    }

    @Test("asked to stop, it commits what it has read and ends in order", arguments: [SIGTERM, SIGINT])
    func signal(_ signal: Int32) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending("a.txt")
            let output = folder.appending("counts.tsv").string
            try write("one two\nthree", to: file)
            let life = try program.start([file.string, "--store", "\(folder)/store", "--output", output, "--follow"])
            try waitUntilCommitted(8, in: folder.appending("store"), life)
            let handle = try FileHandle(forWritingTo: URL(filePath: file.string))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("s\nfour".utf8))
            try waitUntilCommitted(15, in: folder.appending("store"), life)
            life.send(signal)
            let ending = try life.wait()
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(try GeneratedText.counts(from: output) == ["one": 1, "two": 1, "threes": 1])
        }
    }

    @Test("asked to stop before it has read anything, it ends in order, and the next run counts all", arguments: [SIGTERM, SIGINT])
    func earlySignal(_ signal: Int32) throws {
        try withTemporaryFolder { folder in
            let text = try GeneratedText(in: folder.string, bytes: 2_000_000, files: 2, seed: 3)
            let output = folder.appending("counts.tsv").string
            let arguments = text.files + ["--store", "\(folder)/store", "--output", output]
            let life = try program.start(arguments)
            // The store is opened after the signals are trapped.
            let deadline = ContinuousClock.now + .seconds(30)
            while !FileManager.default.fileExists(atPath: "\(folder)/store"), ContinuousClock.now < deadline {
                if life.ends(within: 0.001) { break }
            }
            life.send(signal)
            let stopped = try life.wait()
            #expect(stopped.status == 0, "\(stopped.errors)")
            let ending = try program.run(arguments)
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(text.difference(from: try GeneratedText.counts(from: output)) == nil)
        }
    }

    /// Until the program has committed this offset of its only partition. Waits for the other process, for half a minute at most.
    private func waitUntilCommitted(_ offset: UInt64, in path: FilePath, _ life: Life) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if life.ends(within: 0.01) {
                Issue.record("It ended: \(try life.errorsSoFar())")
                return
            }
            guard let store = try? Store.open(at: path, configuration: .init(access: .readOnly)) else { continue }
            defer { store.close() }
            var reached = false
            try store.read { snapshot in
                try snapshot.offsets { _, _, committed in
                    reached = committed.next >= offset
                    return .next
                }
            }
            if reached { return }
        }
        Issue.record("Offset \(offset) was not committed within 30 s: \(try life.errorsSoFar())")
    }
}
