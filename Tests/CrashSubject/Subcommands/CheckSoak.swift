import ArgumentParser
import SystemPackage
import Weir
import WeirStore

/// Checks what `soak` has left: the file, the audit, each word's count against the committed offsets, the clients' totals against the audit. Prints
/// `messages N received, D duplicates, T transactions`; fails with a line for each problem.
struct CheckSoak: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Checks what a mixed load has left.")

    @Argument(help: "The store's folder.") var store: String

    func run() throws {
        let path = FilePath(self.store)
        var problems = try Store.verify(at: path).problems
        guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
        let store = try Store.open(at: path, configuration: StoreConfiguration(access: .readOnly))
        defer { store.close() }
        let audit = try ConservationAudit(of: store)
        let (tuples, wrong) = try SoakTopology.check(store)
        let totals = try SoakClients.totals(store)
        problems += audit.findings + wrong
        func compare(_ kind: String, _ expected: UInt64, _ what: String) {
            let committed = audit.flows.filter { $0.kind == kind }.reduce(0) { $0 + $1.committed }
            if committed != expected { problems.append("\(kind): \(committed) messages are committed, \(what) say \(expected)") }
        }
        compare("topology", tuples, "the offsets")
        compare("function", totals.function, "the clients' totals")
        compare("producers", totals.gate, "the clients' totals")
        guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
        let duplicates = audit.flows.reduce(0) { $0 + $1.duplicates }
        print("messages \(audit.messages) received, \(duplicates) duplicates, \(audit.transactionID) transactions")
    }
}
