/// A tuple that is not what its reader or writer said: a missing field, another kind, bytes that are no row.
public struct TupleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong. New codes may come; compare with the ones you handle.
    public struct Code: Hashable, Sendable {
        private enum Value: Hashable { case noSuchField, kindMismatch, malformed, tooLarge, fieldCount }
        private let value: Value

        /// The tuple has no field of this name or index.
        public static let noSuchField = Code(value: .noSuchField)
        /// The field holds another kind of value than was asked for.
        public static let kindMismatch = Code(value: .kindMismatch)
        /// The bytes are not a row: cut off, or garbage.
        public static let malformed = Code(value: .malformed)
        /// The row is longer than ``TopologyConfiguration/maximumRowBytes``.
        public static let tooLarge = Code(value: .tooLarge)
        /// The row has more or fewer values than the stream has fields.
        public static let fieldCount = Code(value: .fieldCount)
    }

    /// What went wrong.
    public let code: Code
    /// One line, with the numbers in it.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    @usableFromInline @inline(never)
    static func kind(_ found: FieldKind, wanted: String) -> TupleError {
        TupleError(.kindMismatch, "The field holds \(found), not \(wanted). Read it as what it is, or emit it as \(wanted).")
    }
}
