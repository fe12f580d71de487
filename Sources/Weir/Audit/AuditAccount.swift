import WeirStore

/// What became of the messages of one flow, as of a commit: a row of `weir.audit`. Each number is counted where it happens, not worked out from the others;
/// so the account can be out of balance, and then something was lost or doubled.
///
/// The row: `[version u8 = 1]`, then the six counts as `u64`, little-endian.
package struct AuditAccount: Hashable, Sendable {
    /// Messages that came in, from the source or from the dead letters.
    package var received: UInt64 = 0
    /// Those whose effects are in.
    package var committed: UInt64 = 0
    /// Those whose effects had been in before.
    package var duplicates: UInt64 = 0
    /// Those that were given up, with a dead letter each.
    package var deadLettered: UInt64 = 0
    /// Those that are not settled yet, and will come again if the process dies.
    package var inFlight: UInt64 = 0
    /// How many of the committed are forgotten, so that a duplicate of them would be new.
    package var expired: UInt64 = 0

    package init() {}

    /// What came in and is nowhere: positive, it was lost; negative, it was doubled. O(1).
    package var imbalance: Int64 {
        Int64(truncatingIfNeeded: received &- committed &- duplicates &- deadLettered &- inFlight)
    }

    /// Adds what one commit brings. What is in flight is not a sum: the newest commit's stands.
    package static func += (account: inout AuditAccount, change: AuditAccount) {
        account.received &+= change.received
        account.committed &+= change.committed
        account.duplicates &+= change.duplicates
        account.deadLettered &+= change.deadLettered
        account.expired &+= change.expired
        account.inFlight = change.inFlight
    }

    /// Whoever held what was in flight is gone: it has not come in.
    package mutating func forgetInFlight() {
        received &-= inFlight
        inFlight = 0
    }
}

extension AuditAccount: StorageValue {
    private static let version: UInt8 = 1

    package static var storageName: String { "weir.audit-account" }

    package func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var encoder = RowEncoder(capacity: 49)
        encoder.integer(Self.version)
        for count in [received, committed, duplicates, deadLettered, inFlight, expired] { encoder.integer(count) }
        return try encoder.bytes.withUnsafeBytes(body)
    }

    package init(storageBytes: UnsafeRawBufferPointer) throws {
        var decoder = RowDecoder(storageBytes, "audit account")
        try decoder.version(Self.version)
        received = try decoder.integer()
        committed = try decoder.integer()
        duplicates = try decoder.integer()
        deadLettered = try decoder.integer()
        inFlight = try decoder.integer()
        expired = try decoder.integer()
        try decoder.end()
    }
}
