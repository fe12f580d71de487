package import WeirStore

/// An order by age over rows that lie in another table, in scopes that do not see each other. Producers and responses share it.
///
/// The table: `Pair(scope, [0])` -> `[count u64][latest time u64][next position u64]`; `Pair(scope, [1] position)` -> `[time u64] member`. Positions are
/// big-endian, so that the oldest comes first and the youngest is appended; all else is little-endian. The row itself stores its `ExpiryMark`, so that its
/// entry can be found.
package struct ExpiryIndex: Sendable {
    package typealias Rows = Table<Pair<String, [UInt8]>, [UInt8]>
    /// Deletes the row of a member that goes. The index forgets the member itself.
    package typealias Evict = (_ member: [UInt8], _ transaction: inout WriteTransaction) throws -> Void

    package let table: Rows
    package let scope: String
    package let policy: ExpiryPolicy

    package init(table: Rows, scope: String, policy: ExpiryPolicy) {
        self.table = table
        self.scope = scope
        self.policy = policy
    }

    /// Notes that a member is used now and returns the mark that its row must store. `previous` is what its row stores; nil when it is new.
    ///
    /// Nothing is read or written while the mark stays. Otherwise O(log n) for the member, and up to a slice of others go.
    package func touch(
        _ member: [UInt8], previous: ExpiryMark?, at now: Timestamp, in transaction: inout WriteTransaction, evict: Evict
    ) throws -> ExpiryMark {
        if let previous, policy.stays(previous, at: now) { return previous }
        var account = try account(in: transaction)
        if let previous { try forget(previous, &account, &transaction) }
        // Room first, so that the limit holds at every moment; and what is used now is out of the way.
        try expire(&account, entering: 1, at: now, in: &transaction, evict)
        let mark = account.mark(at: now)
        account.count += 1
        var encoder = RowEncoder(capacity: 8 + member.count)
        encoder.integer(mark.time)
        member.withUnsafeBytes { encoder.rest($0) }
        try transaction.put(encoder.bytes, for: key(mark), in: table)
        try store(account, in: &transaction)
        return mark
    }

    /// Lets up to a slice of members go whose time is up; returns how many went. For idle times: commits that add entries do it themselves.
    @discardableResult
    package func expire(at now: Timestamp, in transaction: inout WriteTransaction, evict: Evict) throws -> Int {
        var account = try account(in: transaction)
        let gone = try expire(&account, entering: 0, at: now, in: &transaction, evict)
        if gone > 0 { try store(account, in: &transaction) }
        return gone
    }

    /// Takes a member out whose row was deleted otherwise.
    package func remove(_ mark: ExpiryMark, in transaction: inout WriteTransaction) throws {
        var account = try account(in: transaction)
        try forget(mark, &account, &transaction)
        try store(account, in: &transaction)
    }

    package func account<A>(in transaction: borrowing StoreTransaction<A>) throws -> ExpiryAccount {
        try transaction.withBytes(of: Pair(scope, [0]), in: table) { bytes in
            guard let bytes else { return ExpiryAccount() }
            var decoder = RowDecoder(bytes, "expiry account")
            let account = ExpiryAccount(count: try decoder.integer(), latest: try decoder.integer(), next: try decoder.integer())
            try decoder.end()
            return account
        }
    }

    @discardableResult
    private func expire(
        _ account: inout ExpiryAccount, entering: UInt64, at now: Timestamp, in transaction: inout WriteTransaction, _ evict: Evict
    ) throws -> Int {
        let surplus = policy.surplus(entering: entering, account)
        var leaving: [(key: Pair<String, [UInt8]>, member: [UInt8])] = []
        try transaction.scan(table, prefix: Pair<String, [UInt8]>.prefix(scope) + [1]) { key, entry in
            let (time, member) = try entry.withUnsafeBytes { bytes in
                var decoder = RowDecoder(bytes, "expiry entry")
                return (try decoder.integer(UInt64.self), [UInt8](decoder.rest()))
            }
            guard leaving.count < ExpiryPolicy.slice, leaving.count < surplus || policy.isExpired(time, at: now) else {
                return .stop
            }
            leaving.append((key, member))
            return .next
        }
        for (key, member) in leaving {
            try transaction.delete(key, in: table)
            try evict(member, &transaction)
        }
        account.count -= min(account.count, UInt64(leaving.count))
        return leaving.count
    }

    private func forget(_ mark: ExpiryMark, _ account: inout ExpiryAccount, _ transaction: inout WriteTransaction) throws {
        if try transaction.delete(key(mark), in: table) { account.count -= min(account.count, 1) }
    }

    private func store(_ account: ExpiryAccount, in transaction: inout WriteTransaction) throws {
        var encoder = RowEncoder(capacity: 24)
        encoder.integer(account.count)
        encoder.integer(account.latest)
        encoder.integer(account.next)
        try transaction.put(encoder.bytes, for: Pair(scope, [0]), in: table)
    }

    private func key(_ mark: ExpiryMark) -> Pair<String, [UInt8]> {
        Pair(scope, [1] + withUnsafeBytes(of: mark.position.bigEndian) { [UInt8]($0) })
    }
}
