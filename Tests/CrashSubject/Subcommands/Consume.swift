import ArgumentParser
import SystemPackage
import Weir
import WeirStore

/// Counts how often each offset of a source had its effect: a consumer of its own, without a topology.
///
/// Lines: `batch PARTITION FROM TO`, answered `next OFFSET`.
struct Consume: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets a source's batches through the offset gate.")

    @Option(help: "The store's folder.") var store: String

    func run() throws {
        let store = try Store.open(at: FilePath(store))
        defer { store.close() }
        let effects = try store.table("effects", key: Pair<UInt32, UInt64>.self, value: UInt64.self)
        try Script().run(on: store) { line, transaction in
            guard line.count == 4, let partition = UInt32(line[1]), let from = UInt64(line[2]), let to = UInt64(line[3]) else {
                throw ValidationError("This is no line: \(line)")
            }
            let next = try OffsetGate.admit(from..<to, of: "numbers", partition: partition, in: &transaction) { new, transaction in
                for offset in new {
                    let key = Pair(partition, offset)
                    let before = try transaction.get(key, in: effects) ?? 0
                    try transaction.put(before + 1, for: key, in: effects)
                }
            }
            return "next \(next)"
        }
    }
}
