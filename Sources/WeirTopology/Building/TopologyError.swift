/// Why a topology cannot be built, or why it ended.
public struct TopologyError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. New codes may come; compare with the ones you handle.
    public struct Code: Hashable, Sendable {
        private enum Value: Hashable {
            case invalidName, duplicateName, unknownComponent, unknownStream, unknownField, cycle, noSpout, noInput, unusedStream, grouping,
                parallelism
            case notReplayable, configuration, outputFull, offsetOrder, heldAcrossBatch, componentFailed, commitFailed, unbalanced, injected
        }
        private let value: Value

        /// A name that is empty or has characters outside of letters, digits, "-" and "_".
        public static let invalidName = Code(value: .invalidName)
        /// Two components, or two streams or fields of one, with the same name.
        public static let duplicateName = Code(value: .duplicateName)
        /// A subscription to a component that is not there.
        public static let unknownComponent = Code(value: .unknownComponent)
        /// A subscription to, or an emission on, a stream that its component does not declare.
        public static let unknownStream = Code(value: .unknownStream)
        /// A grouping by a field that the stream does not have.
        public static let unknownField = Code(value: .unknownField)
        /// Components that feed each other in a circle.
        public static let cycle = Code(value: .cycle)
        /// A topology without a spout.
        public static let noSpout = Code(value: .noSpout)
        /// A bolt that subscribes to nothing.
        public static let noInput = Code(value: .noInput)
        /// A grouping that does not fit its stream or what was emitted.
        public static let grouping = Code(value: .grouping)
        /// A number of tasks below 1 or above 4,096.
        public static let parallelism = Code(value: .parallelism)
        /// A guarantee that needs replay, asked of a spout that cannot.
        public static let notReplayable = Code(value: .notReplayable)
        /// A setting out of its range.
        public static let configuration = Code(value: .configuration)
        /// A spout emitted although its output was full.
        public static let outputFull = Code(value: .outputFull)
        /// A spout emitted a tuple that begins before where its partition is and ends behind it, or that has no offsets.
        public static let offsetOrder = Code(value: .offsetOrder)
        /// A bolt still held tuples when an exactly-once batch ended.
        public static let heldAcrossBatch = Code(value: .heldAcrossBatch)
        /// A component threw, and starting again did not help.
        public static let componentFailed = Code(value: .componentFailed)
        /// The store refused a commit, and starting again did not help.
        public static let commitFailed = Code(value: .commitFailed)
        /// Rows were lost or doubled between tasks: a bug, found before it was committed.
        public static let unbalanced = Code(value: .unbalanced)
        /// A failure that a test asked for.
        package static let injected = Code(value: .injected)
    }

    /// What went wrong.
    public let code: Code
    /// One line that says what to do.
    public let message: String
    /// The error behind it.
    public let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, and the cause's.
    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
