/// What walking a snapshot found.
package struct PageWalk: Sendable {
    /// What a walk refuses to go beyond.
    package struct Limits: Sendable {
        /// The largest value that is put together in memory, in bytes.
        package var valueBytes: Int
        /// The most named databases.
        package var databases: Int

        package init(valueBytes: Int = 64 << 20, databases: Int = 16384) {
            self.valueBytes = valueBytes
            self.databases = databases
        }
    }

    /// A database as it was counted. A damaged one is counted up to the damage.
    package struct Database: Sendable, Equatable {
        /// nil for the main and the free database.
        package let name: String?
        package let depth: Int
        package internal(set) var branchPages: UInt64 = 0
        package internal(set) var leafPages: UInt64 = 0
        package internal(set) var overflowPages: UInt64 = 0
        package internal(set) var entries: UInt64 = 0
        package internal(set) var isDamaged = false

        package var pages: UInt64 { branchPages + leafPages + overflowPages }
    }

    /// LMDB's ID of the transaction that was walked.
    package let transactionID: UInt64
    package let pageSize: Int
    package let lastPage: UInt64
    package let freeDatabase: Database
    package let mainDatabase: Database
    /// In the order of their names' bytes.
    package let databases: [Database]
    /// Pages in use, without the two meta pages.
    package let usedPages: UInt64
    /// Pages that the free database lists.
    package let freePages: UInt64
    /// Pages that are neither: lost space, not lost data. 0 when damage kept them from being counted.
    package let leakedPages: UInt64
    /// At most one for each database, then those of the file as a whole.
    package let damage: [PageFileError]

    package var isIntact: Bool { damage.isEmpty }
}
