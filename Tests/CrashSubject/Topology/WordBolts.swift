import Weir
import WeirTopology

/// Takes lines, emits words: runs of letters and apostrophes with a letter among them, in lower case. Fails now and then, after it has emitted.
struct SplitBolt: Bolt {
    struct Failure: Error {}

    let failures: Chance

    var outputs: [StreamDeclaration] { [.fields("word")] }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        let line = try tuple[0].unsafeBytes
        var word: [UInt8] = []
        for index in 0...line.count {
            let byte = index < line.count ? line[index] : 0
            if byte == 0x27 || byte | 0x20 &- 0x61 < 26 {
                word.append(byte == 0x27 ? byte : byte | 0x20)
            } else if !word.isEmpty {
                if word.contains(where: { $0 != 0x27 }) { output.emit(string: word.span.bytes) }
                word.removeAll(keepingCapacity: true)
            }
        }
        if failures.draw() { throw Failure() }
    }
}

/// Takes words and counts them in its state.
struct CountBolt: Bolt {
    private var counts: KeyedState?

    mutating func prepare(_ context: BoltContext) throws { counts = try context.state }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        _ = try counts?.add(1, to: try tuple[0].unsafeBytes)
    }
}
