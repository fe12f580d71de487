import ArgumentParser
import SystemPackage
import Weir
import WeirStore

@main
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ReadState",
        abstract: "Reads the counts of WordCount from outside, also while it runs, and never changes anything.")

    @Argument(help: "The words to look up. Without any: how many there are.")
    var words: [String] = []

    @Option(help: "The folder of WordCount's store.")
    var store = "./weir-store"

    func run() throws {
        // Read only: any number of processes beside the one that writes.
        let store = try Store.open(at: FilePath(self.store), configuration: .init(access: .readOnly))
        defer { store.close() }
        let counts = try StateView("count", of: "wordcount", in: store)

        // One snapshot: all numbers below are of the same transaction, whatever is committed meanwhile.
        try store.read { snapshot in
            print("As of transaction \(snapshot.transactionID):")
            for word in words {
                print("\(try counts.count(of: word.lowercased(), in: snapshot))\t\(word.lowercased())")
            }
            guard words.isEmpty else { return }
            var (distinct, total) = (0, Int64(0))
            try counts.scan(in: snapshot) { _, value in
                distinct += 1
                total += try Counter(storageBytes: value).value
                return .next
            }
            print("\(total) words, \(distinct) of them distinct")
        }
    }
}
