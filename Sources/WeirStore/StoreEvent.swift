/// Something an operator should know and no caller asked for. The store itself logs nothing.
public struct StoreEvent: Sendable, CustomStringConvertible {
    /// What kind of event it is. New kinds may come: keep a default case.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String, Sendable { case longRead, staleReadersCleared, commitFailed, reopened }
        private let name: Name
        /// A read is held longer than the configuration allows: the file cannot reuse pages and grows.
        public static let longRead = Kind(name: .longRead)
        /// Slots of readers whose process died were freed.
        public static let staleReadersCleared = Kind(name: .staleReadersCleared)
        /// A commit failed; its callers have got the error.
        public static let commitFailed = Kind(name: .commitFailed)
        /// After a commit of unknown outcome the store was reopened, and the outcome found out.
        public static let reopened = Kind(name: .reopened)
        /// The kind's name.
        public var description: String { name.rawValue }
    }

    /// The kind of event.
    public let kind: Kind
    /// One line: what happened, with the numbers, and what to do.
    public let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
