import Weir
import WeirStore
import WeirTesting
import WeirTopology

/// Splits lines into words.
struct WordsBolt: Bolt {
    /// Asked with each line: throws when it says so.
    var fails: (@Sendable (String) throws -> Void)?
    var outputs: [StreamDeclaration] { [.fields("word")] }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        let line = try tuple["line"].string
        try fails?(line)
        for word in line.split(separator: " ") { output.emit(String(word)) }
    }
}

/// Counts words in its state, and says the new count of each.
struct CountBolt: Bolt {
    private var counts: KeyedState?
    var outputs: [StreamDeclaration] { [.fields("word", "count")] }

    mutating func prepare(_ context: BoltContext) throws { counts = try context.state }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        let word = try tuple["word"].string
        let count = try counts?.add(1, to: word) ?? 0
        output.emit(word, count)
    }
}

/// Adds what it hears of into a table of the store, in the commit of the batch.
struct LedgerBolt: Bolt {
    let table: Table<String, UInt64>

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        let word = try tuple["word"].string
        output.stage { [table] transaction in
            let sum = try transaction.get(word, in: table) ?? 0
            try transaction.put(sum + 1, for: word, in: table)
        }
    }
}

/// A spout that is never asked: a scenario stands in for it.
struct NoLines: ReplayableSpout {
    var outputs: [StreamDeclaration] { [.fields("line")] }
    func partitions() throws -> [UInt32] { [] }
    func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {}
    func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus { .finished }
}

/// Lines, words, counts; and a ledger of the words in a table.
@Sendable func wordCount(_ store: Store) throws -> TopologyBuilder {
    try wordCount(store, tasks: 2)
}

func wordCount(_ store: Store, tasks: Int, split: WordsBolt = WordsBolt()) throws -> TopologyBuilder {
    let ledger = try store.table("ledger", key: String.self, value: UInt64.self)
    var topology = TopologyBuilder("words")
    topology.spout("lines", NoLines(), parallelism: tasks)
    topology.bolt("split", parallelism: tasks) { split }.shuffle(from: "lines")
    topology.bolt("count", parallelism: tasks) { CountBolt() }.fields(["word"], from: "split")
    topology.bolt("ledger") { LedgerBolt(table: ledger) }.global(from: "split")
    return topology
}
