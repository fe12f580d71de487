import Synchronization
package import WeirStore

/// Keeps the accounts of the flows of one kind: `Pair(kind, flow)` -> account, in the table `weir.audit`. An account changes in the commit whose messages it
/// counts, so every snapshot shows both or neither.
package struct AuditLedger: Sendable {
    package typealias Rows = Table<Pair<String, String>, AuditAccount>
    static let table = "weir.audit"

    /// What a flow can be.
    package enum Kind: String, Sendable, CaseIterable {
        /// A spout of an exactly-once or at-least-once topology; the flow is its source.
        case topology
        /// A function, called with message IDs.
        case function
        /// A sequence gate.
        case producers
    }

    package let kind: Kind
    fileprivate let rows: Rows

    @available(*, noasync)
    package init(store: Store, kind: Kind) throws {
        let rows: Rows = try store.systemTable(Self.table, key: Pair<String, String>.self, value: AuditAccount.self)
        (self.kind, self.rows) = (kind, rows)
    }

    package init(store: Store, kind: Kind) async throws {
        let rows: Rows = try await store.systemTable(Self.table, key: Pair<String, String>.self, value: AuditAccount.self)
        (self.kind, self.rows) = (kind, rows)
    }

    /// Books what this transaction does. `anew`: whoever had something in flight is gone. `beginning` is asked for the account of a flow that has none: what
    /// the store holds of it from before there were accounts. O(log n).
    package func book(
        _ change: AuditAccount, of flow: String, anew: Bool = false, in transaction: inout WriteTransaction,
        beginning: (inout WriteTransaction) throws -> AuditAccount = { _ in AuditAccount() }
    ) throws {
        let key = Pair(kind.rawValue, flow)
        var account: AuditAccount
        if let stored = try transaction.get(key, in: rows) { account = stored } else { account = try beginning(&transaction) }
        if anew { account.forgetInFlight() }
        account += change
        try transaction.put(account, for: key, in: rows)
    }
}

extension AuditLedger {
    /// The account that a topology's flow begins with, before this transaction puts a letter: the first of its flows has the letters from before there were
    /// accounts, since they are counted by topology.
    package func beginning(with letters: DeadLetters, in transaction: borrowing WriteTransaction) throws -> AuditAccount {
        var account = AuditAccount()
        var hasOther = false
        try transaction.scan(rows, first: kind.rawValue) { flow, _ in
            hasOther = flow.hasPrefix(letters.topology + ".")
            return hasOther ? .stop : .next
        }
        if !hasOther { account.deadLettered = try letters.lastNumber(in: transaction) }
        account.received = account.deadLettered
        return account
    }
}

/// Duplicates that were answered without a commit of their own: they are booked with the flow's next commit. What a crash takes of them is missing in what
/// was received as well.
package final class UnbookedDuplicates: Sendable {
    private let count = Atomic<UInt64>(0)

    package init() {}

    package func add(_ messages: UInt32 = 1) { count.add(UInt64(messages), ordering: .relaxed) }

    /// A change with the duplicates so far, for the caller to go on with.
    package func take() -> AuditAccount {
        var change = AuditAccount()
        change.duplicates = count.exchange(0, ordering: .relaxed)
        change.received = change.duplicates
        return change
    }
}
