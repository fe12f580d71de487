import SystemPackage
import Weir
import WeirStore

/// All words and their counts, as of one snapshot: what the bolt's state holds.
struct Counts: Sendable {
    var total: UInt64 = 0
    var distinct: UInt64 = 0
    var transactionID: UInt64 = 0
    var ranking: Ranking

    /// Reads a bolt's state, and writes it to a file if one is named. Keys come in order, so the file is sorted.
    static func read(_ state: String, of topology: String, in store: Store, top: Int, to output: FilePath?) async throws -> Counts {
        // Only to be on a thread of the store's, which may wait for the disk: the view is opened before the snapshot that it is to show.
        try await store.read { _ in
            try Counts(try view(state, of: topology, in: store), in: store, top: top, to: output)
        }
    }

    private init(_ view: StateView?, in store: Store, top: Int, to output: FilePath?) throws {
        ranking = Ranking(limit: top)
        let file = try output.map { try OutputFile($0) }
        try store.read { snapshot in
            transactionID = snapshot.transactionID.rawValue
            try view?.scan(in: snapshot) { word, value in
                let count = UInt64(clamping: try Counter(storageBytes: value).value)
                total += count
                distinct += 1
                ranking.add(word, count)
                if let file {
                    try file.write(word)
                    try file.write("\t\(count)\n".utf8)
                }
                return .next
            }
        }
        try file?.finish()
    }

    /// A store in which nothing was counted yet has no state to look at.
    private static func view(_ state: String, of topology: String, in store: Store) throws -> StateView? {
        do { return try StateView(state, of: topology, in: store) } catch let error as StateError where error.code == .notFound {
            return nil
        }
    }
}
