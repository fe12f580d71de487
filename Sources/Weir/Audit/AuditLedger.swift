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
    private let rows: Rows

    @available(*, noasync)
    package init(store: Store, kind: Kind) throws {
        let rows: Rows = try store.systemTable(Self.table, key: Pair<String, String>.self, value: AuditAccount.self)
        (self.kind, self.rows) = (kind, rows)
    }

    package init(store: Store, kind: Kind) async throws {
        let rows: Rows = try await store.systemTable(Self.table, key: Pair<String, String>.self, value: AuditAccount.self)
        (self.kind, self.rows) = (kind, rows)
    }

    /// Books what this transaction does. `anew`: whoever had something in flight is gone. O(log n).
    package func book(_ change: AuditAccount, of flow: String, anew: Bool = false, in transaction: inout WriteTransaction) throws {
        let key = Pair(kind.rawValue, flow)
        var account = try transaction.get(key, in: rows) ?? AuditAccount()
        if anew { account.forgetInFlight() }
        account += change
        try transaction.put(account, for: key, in: rows)
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
