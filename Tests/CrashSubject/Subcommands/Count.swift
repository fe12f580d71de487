import ArgumentParser
import Foundation
import SystemPackage
import WeirStore

/// Verifies a store, says how far its counter has come (`found N TRANSACTION`), then counts on: each commit is said when it is durable
/// (`acknowledged N TRANSACTION`), each error when it comes (`failed CODE`).
struct Count: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Counts in a store, one commit a number.")

    enum Mode: String, ExpressibleByArgument {
        case full, lastCommitMayBeLost, processCrashOnly

        var durability: Durability {
            switch self {
            case .full: .full
            case .lastCommitMayBeLost: .lastCommitMayBeLost
            case .processCrashOnly: .processCrashOnly
            }
        }
    }

    @Argument(help: "The store's folder.") var store: String
    @Option(help: "What the commits hold.") var seed: UInt64
    @Option(help: "What a commit survives.") var durability = Mode.full
    @Option(help: "Commits until it ends by itself.") var commits = Int.max
    @Option(help: "Failures in a row after which it ends by itself.") var attempts = 3
    @Flag(help: "Waits for a line on standard input before each commit.") var steps = false
    @Flag(help: "The bug that power cuts must find: acknowledges before the flush.") var early = false

    func run() throws {
        let path = FilePath(store)
        let model = CounterModel(seed: seed)
        let found = try verified(path)
        let store: Store
        do throws(StoreError) {
            store = try Store.open(at: path, configuration: StoreConfiguration(durability: durability.durability))
        } catch {
            // The disk is gone already; anything else is worth a look.
            guard [.io, .diskFull, .outcomeUnknown].contains(error.code) else { throw error }
            return say("failed \(error.code)")
        }
        defer { store.close() }
        let tables: CounterModel.Tables
        do { tables = try model.tables(of: store) } catch let error as StoreError { return say("failed \(error.code)") }
        say("found \(try store.read { try model.check(tables, in: $0) }) \(found)")

        var failures = 0
        for _ in 0..<commits {
            if failures == attempts || (steps && readLine() == nil) { break }
            do {
                let number = try store.write { transaction in
                    let number = try model.commit(tables, in: &transaction)
                    if early { say("acknowledged \(number) \(transaction.transactionID)") }
                    return number
                }
                failures = 0
                if !early { say("acknowledged \(number) \(store.transactionID)") }
            } catch let error as StoreError {
                failures += 1
                say("failed \(error.code)")
            }
        }
        say("ended")
    }

    /// The newest commit of a store that is sound; 0 where none has been made to its end: then nothing was acknowledged.
    private func verified(_ path: FilePath) throws -> TransactionID {
        let marker = try? String(contentsOfFile: path.appending("weir.identity").string, encoding: .utf8)
        guard marker?.contains("state complete") == true else { return .zero }
        let report = try Store.verify(at: path)
        guard report.isSound else { throw CounterModel.Wrong(description: report.problems.joined(separator: "; ")) }
        return report.transactionID
    }
}
