import WeirTopology

/// Takes lines, emits words.
struct SplitBolt: Bolt {
    private var scratch: [UInt8] = []

    var outputs: [StreamDeclaration] { [.fields("word")] }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws {
        Words.forEach(in: try tuple[0].unsafeBytes, scratch: &scratch) { output.emit(string: $0) }
    }
}
