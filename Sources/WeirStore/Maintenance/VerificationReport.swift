/// What `Store.verify` found.
public struct VerificationReport: Sendable {
    /// One table as it was counted.
    public struct VerifiedTable: Sendable {
        /// Its name.
        public var name: String
        /// Records whose checksum holds.
        public var records: UInt64
        /// Bytes of their keys and values.
        public var bytes: UInt64
    }

    /// The newest commit in the file.
    public internal(set) var transactionID = TransactionID.zero
    /// Its epoch.
    public internal(set) var epoch: UInt64 = 0
    /// Bytes of a page.
    public internal(set) var pageBytes = 0
    /// Pages in use.
    public internal(set) var usedPages: UInt64 = 0
    /// Pages free to be used again.
    public internal(set) var freePages: UInt64 = 0
    /// Every table, by name.
    public internal(set) var tables: [VerifiedTable] = []
    /// What is wrong, a line each; empty when all is well. At most 100.
    public internal(set) var problems: [String] = []

    /// Whether nothing is wrong.
    public var isSound: Bool { problems.isEmpty }

    mutating func note(_ problem: String) {
        if problems.count < 100 { problems.append(problem) }
    }
}
