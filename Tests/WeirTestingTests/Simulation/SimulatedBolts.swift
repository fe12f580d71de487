import Synchronization
import Weir
import WeirStore
import WeirTopology

/// What a simulated bolt throws when it is told to.
struct SimulatedFailure: Error, CustomStringConvertible {
    let isPoison: Bool
    var description: String { isPoison ? "this line cannot be processed" : "this time it fails" }
}

/// Failures that pass: so many, each after a drawn number of calls.
final class Trouble: Sendable {
    private let state: Mutex<[Int]>

    /// Calls between failures.
    init(_ calls: [Int]) { state = Mutex(calls) }

    func call(_ line: String) throws {
        if line.hasPrefix("poison") { throw SimulatedFailure(isPoison: true) }
        let fails = state.withLock { calls in
            guard let next = calls.last else { return false }
            calls[calls.count - 1] = next - 1
            if next <= 0 { calls.removeLast() }
            return next <= 0
        }
        if fails { throw SimulatedFailure(isPoison: false) }
    }
}

/// Gathers the words of a batch, and says how many there were of each when the batch ends (Trident's partition aggregate).
struct GatherBolt: Bolt {
    private var words: [String: Int] = [:]
    var outputs: [StreamDeclaration] { [.fields("word", "times")] }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws { words[try tuple["word"].string, default: 0] += 1 }

    mutating func finishBatch(_ output: inout Output) throws {
        for (word, times) in words.sorted(by: { $0.key < $1.key }) { output.emit(word, times) }
        words = [:]
    }
}

/// Adds up what was gathered.
struct SumBolt: Bolt {
    private var sums: KeyedState?

    mutating func prepare(_ context: BoltContext) throws { sums = try context.state(named: "sums") }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        try sums?.add(Int64(try tuple["times"].int), to: try tuple["word"].string)
    }
}
