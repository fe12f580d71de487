/// A typed, named table of a store: a small handle that is copied freely. Its methods are the transactions' own.
///
/// The names of its types are stored with it and checked whenever it is opened.
public struct Table<Key: StorageKey, Value: StorageValue>: Sendable {
    /// The name it was opened by.
    public let name: String
    package let raw: RawTable

    init(name: String, raw: RawTable) {
        self.name = name
        self.raw = raw
    }
}

/// What a scan does after an entry.
public enum ScanStep: Sendable {
    /// Goes on.
    case next
    /// Ends the scan.
    case stop
}
