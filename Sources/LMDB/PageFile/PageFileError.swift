/// What is wrong with a data file, where, and with which numbers.
package struct PageFileError: Error, Sendable, Equatable {
    /// The kinds of finding, so that a caller can tell a damaged file from one that could not be read.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A system call failed; `rawCode` is errno.
        case io
        /// Not a regular file, or one that does not begin as LMDB's do.
        case notADataFile
        /// Made by another version of LMDB, or with features that are not read here (DUPSORT, LEAF2, other key orders).
        case unsupported
        /// A meta page is damaged.
        case meta
        /// Neither meta page shows the transaction that was asked for (any more): take a new snapshot and try again.
        case snapshotGone
        /// The file ends before a page that is in use.
        case truncated
        /// A page number that is outside of the file's pages.
        case pageNumber
        /// A page that does not carry its own position as its number.
        case misplacedPage
        /// A page of another kind than its place in the tree demands.
        case pageKind
        /// A page whose header, node pointers or nodes do not fit into it.
        case pageBounds
        /// A node with impossible flags or sizes.
        case node
        /// Keys that do not ascend, or leave the range that the parent gives them.
        case keyOrder
        /// A database's record that does not agree with its tree.
        case counts
        /// A page that is reached twice.
        case usedTwice
        /// A page that is in use and in the list of free pages.
        case usedAndFree
        /// Pages that are neither in use nor free.
        case leaked
        /// A list of free pages that is malformed or names a page twice.
        case freeList
        /// Sound, as far as it can be told, but beyond a limit of this reader.
        case limit
    }

    package let kind: Kind
    /// The page in question.
    package let page: UInt64?
    /// The named database that the page was reached from; nil for the main and the free database and for the file as a whole.
    package let database: String?
    /// errno for `.io`, else nil.
    package let rawCode: Int32?
    /// What was found and what was expected.
    package let detail: String

    package init(_ kind: Kind, page: UInt64? = nil, database: String? = nil, rawCode: Int32? = nil, _ detail: String) {
        self.kind = kind
        self.page = page
        self.database = database
        self.rawCode = rawCode
        self.detail = detail
    }

    /// Whether the file itself is at fault, so that reading it again cannot help.
    package var isDamage: Bool {
        switch kind {
        case .io, .snapshotGone, .limit, .unsupported: false
        default: true
        }
    }

    func named(_ database: String?) -> PageFileError {
        PageFileError(kind, page: page, database: self.database ?? database, rawCode: rawCode, detail)
    }
}

extension PageFileError: CustomStringConvertible {
    package var description: String {
        // A name out of a damaged file may hold anything: it is quoted, so that it cannot steer a terminal.
        let place = [page.map { "page \($0)" }, database.map { "database \(String(reflecting: $0))" }].compactMap(\.self)
        return place.isEmpty ? detail : "\(place.joined(separator: " of ")): \(detail)"
    }
}
