package import WeirStore

/// An order by age over rows that lie in another table, in scopes that do not see each other. Producers and responses share it.
///
/// The table: `Pair(scope, [0])` -> count and latest time (u64 each, little-endian); `Pair(scope, [1] stamp member)` -> nothing, the stamp big-endian,
/// in milliseconds. The row itself stores its stamp, so that its entry can be found.
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

    /// Notes that a member is used now and returns the stamp that its row must store. `previous` is what its row stores; nil when it is new.
    ///
    /// Nothing is read or written while the stamp stays. Otherwise O(log n) for the member, and up to a slice of others go.
    package func touch(
        _ member: [UInt8], previous: UInt64?, at now: Timestamp, in transaction: inout WriteTransaction, evict: Evict
    ) throws -> UInt64 {
        if let previous, policy.stays(previous, at: now) { return previous }
        var account = try account(in: transaction)
        let placement = policy.placement(of: previous, at: now, account)
        let stamp: UInt64
        switch placement {
        case .stays(let previous): return previous
        case .enters(let new):
            // Room first, so that the limit holds at every moment.
            try expire(&account, entering: 1, sparing: member, at: now, in: &transaction, evict)
            account.count += 1
            stamp = new
        case .moves(let old, let new):
            try transaction.delete(entry(old, member), in: table)
            stamp = new
        }
        try transaction.put([], for: entry(stamp, member), in: table)
        if case .moves = placement { try expire(&account, entering: 0, sparing: member, at: now, in: &transaction, evict) }
        account.latest = max(account.latest, now.rawValue)
        try store(account, in: &transaction)
        return stamp
    }

    /// Lets up to a slice of members go whose time is up; returns how many went. For idle times: commits that add entries do it themselves.
    @discardableResult
    package func expire(at now: Timestamp, in transaction: inout WriteTransaction, evict: Evict) throws -> Int {
        var account = try account(in: transaction)
        let gone = try expire(&account, entering: 0, sparing: nil, at: now, in: &transaction, evict)
        if gone > 0 { try store(account, in: &transaction) }
        return gone
    }

    /// Takes a member out whose row was deleted otherwise.
    package func remove(_ member: [UInt8], stamp: UInt64, in transaction: inout WriteTransaction) throws {
        guard try transaction.delete(entry(stamp, member), in: table) else { return }
        var account = try account(in: transaction)
        account.count -= min(account.count, 1)
        try store(account, in: &transaction)
    }

    package func account<A>(in transaction: borrowing StoreTransaction<A>) throws -> ExpiryAccount {
        try transaction.withBytes(of: Pair(scope, [0]), in: table) { bytes in
            guard let bytes else { return ExpiryAccount() }
            var reader = RowReader(bytes, "expiry account")
            let account = ExpiryAccount(count: try reader.integer(), latest: try reader.integer())
            try reader.end()
            return account
        }
    }

    @discardableResult
    private func expire(
        _ account: inout ExpiryAccount, entering: UInt64, sparing used: [UInt8]?, at now: Timestamp,
        in transaction: inout WriteTransaction, _ evict: Evict
    ) throws -> Int {
        let surplus = policy.surplus(entering: entering, account)
        var leaving: [(key: Pair<String, [UInt8]>, member: [UInt8])] = []
        try transaction.scan(table, prefix: Pair<String, [UInt8]>.prefix(scope) + [1]) { key, _ in
            guard leaving.count < ExpiryPolicy.slice, let stamp = Self.stamp(of: key.second) else { return .stop }
            guard leaving.count < surplus || policy.isExpired(stamp, at: now, account) else { return .stop }
            let member = [UInt8](key.second[9...])
            // Its row is about to be written: gone from the index, it would never go.
            if member != used { leaving.append((key, member)) }
            return .next
        }
        for (key, member) in leaving {
            try transaction.delete(key, in: table)
            try evict(member, &transaction)
        }
        account.count -= min(account.count, UInt64(leaving.count))
        return leaving.count
    }

    private func store(_ account: ExpiryAccount, in transaction: inout WriteTransaction) throws {
        var writer = RowWriter(capacity: 16)
        writer.integer(account.count)
        writer.integer(account.latest)
        try transaction.put(writer.bytes, for: Pair(scope, [0]), in: table)
    }

    private func entry(_ stamp: UInt64, _ member: [UInt8]) -> Pair<String, [UInt8]> {
        Pair(scope, [1] + withUnsafeBytes(of: stamp.bigEndian) { [UInt8]($0) } + member)
    }

    private static func stamp(of entry: [UInt8]) -> UInt64? {
        guard entry.count >= 9 else { return nil }
        return entry[1..<9].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
