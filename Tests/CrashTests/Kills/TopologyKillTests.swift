import Testing
import Weir
import WeirStore
import WeirTesting

/// A topology that is killed while its commits are rolled back, its tuples fail, and its source delivers again: the counts are the oracle's.
@Suite(
    "A disturbed topology, killed at any moment",
    .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built beside the tests"))
struct TopologyKillTests {
    @Test("exactly-once, with commits rolled back at random")
    func rollbacks() throws {
        try killLoop("exactly-once with rollbacks", kills: 100, ["--rollbacks", "8", "--failures", "2000"])
    }

    @Test("exactly-once, with a source that sends batches again, whole and overlapping")
    func duplicates() throws {
        try killLoop("exactly-once with duplicated and overlapping batches", kills: 100, ["--source", "duplicating", "--rollbacks", "40"])
    }

    @Test(
        "exactly-once, with a source that replays everything: since the last commit, from the start",
        arguments: ["since-commit", "from-start"])
    func replays(_ source: String) throws {
        try killLoop("exactly-once with replays \(source)", kills: 50, ["--source", source, "--rollbacks", "40"])
    }

    @Test("at-least-once, with a bolt that is wrapped in ExactlyOnce")
    func wrappedBolt() throws {
        try killLoop("at-least-once with a wrapped bolt", kills: 60, ["--wrapped", "--rollbacks", "20", "--failures", "1000"])
    }

    private func killLoop(_ title: String, kills: Int, _ options: [String]) throws {
        let program = try #require(Program.crashSubject)
        try KillLoop(title: title, program: program, kills: KillLoop.kills(kills)).run { folder in
            let text = try GeneratedText(in: folder, bytes: 300_000, files: 3, vocabulary: 2000, seed: KillLoop.seed)
            return TopologyWork(text: text, options: options)
        }
    }
}

/// Counting the words of a text, disturbed.
private struct TopologyWork: KilledWork {
    let text: GeneratedText
    let options: [String]
    /// By partition: what the topology's source was told is durable.
    var committed: [Substring: UInt64] = [:]

    init(text: GeneratedText, options: [String]) {
        self.text = text
        self.options = options
    }

    mutating func begin(on store: String, using random: inout SeededGenerator) -> (arguments: [String], input: String) {
        (["count-words", "--store", store, "--seed", "\(random.next() >> 1)"] + options + text.files, "")
    }

    mutating func hear(_ lines: [String]) throws {
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count == 3, let offset = UInt64(words[2]) else { throw Violation("it said: \(line)") }
            let known = committed[words[1]] ?? 0
            if words[0] == "committed" {
                committed[words[1]] = max(known, offset)
            } else if offset < known {
                throw Violation("partition \(words[1]) begins at \(offset), and \(known) was committed before")
            }
        }
    }

    func check(_ store: String) throws {
        try Store.inspecting(store) { store in
            var counts: [String: Int] = [:]
            try scan("count", in: store) { key, value in
                counts[String(decoding: key, as: UTF8.self)] = Int(try Counter(storageBytes: value).value)
            }
            if let wrong = text.difference(from: counts) { throw Violation(wrong) }
            guard try StateView.states(in: store).contains(where: { $0.name == "count.origins" }) else { return }
            var origins = 0
            try scan("count.origins", in: store) { _, _ in origins += 1 }
            if origins > 0 { throw Violation("\(origins) origins are remembered, though all that they would be needed for is committed") }
        }
    }

    private func scan(_ state: String, in store: Store, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void) throws {
        let view = try StateView(state, of: "words", in: store)
        try store.read { snapshot in
            try view.scan(in: snapshot) { key, value in
                try body(key, value)
                return .next
            }
        }
    }
}
