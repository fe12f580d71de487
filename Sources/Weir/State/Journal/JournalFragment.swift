/// What one task's states changed in one batch, and which keys they fold with it: an owned buffer that goes from the task to the committer.
///
/// A task captures all its states into one fragment, or each into its own. Used again after `removeAll`, it allocates nothing.
package struct JournalFragment: Sendable {
    private(set) var storage = Storage()

    package init() {}

    /// Whether there is nothing to journal and nothing to fold.
    package var isEmpty: Bool { storage.changes.count == 0 && storage.folds.count == 0 }
    /// Bytes that its changes take in the journal.
    package var changeBytes: Int { storage.changes.count }

    /// Empties it for the next batch and keeps its memory.
    package mutating func removeAll() {
        makeUnique()
        storage.changes.removeAll()
        storage.folds.removeAll()
        storage.sections.removeAll(keepingCapacity: true)
    }

    mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
    }

    /// What one state has added.
    struct Section {
        let ticket: StateTicket
        /// The state's captures are numbered from 1.
        let capture: UInt64
        /// What the state changed up to this capture is in the B-tree once this fragment is committed.
        let foldedThrough: UInt64
        let changes: Int
        let folds: Int
    }

    // Sendable: a value's storage. Only `mutating` methods write to it, after making sure that nobody else refers to it.
    final class Storage: @unchecked Sendable {
        var changes = JournalBuffer()
        var folds = JournalBuffer()
        var sections: [Section] = []

        func copy() -> Storage {
            let copy = Storage()
            copy.changes = changes.copy()
            copy.folds = folds.copy()
            copy.sections = sections
            return copy
        }
    }
}

extension JournalBuffer {
    borrowing func copy() -> JournalBuffer {
        var copy = JournalBuffer()
        copy.append(raw: bytes)
        return copy
    }
}
