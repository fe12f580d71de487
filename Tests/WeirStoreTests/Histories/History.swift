/// What one client saw and did, as a checker needs it. Each key holds a list, to which transactions append elements that nobody else appends: so a list
/// that was read tells which appends came before, and in which order (the idea is Elle's, Kingsbury and Alvaro 2020).
struct HistoryTransaction: Sendable {
    enum Operation: Sendable, Equatable {
        case append(key: UInt64, element: UInt32)
        case read(key: UInt64, elements: [UInt32])
    }

    enum Outcome: Sendable { case committed, aborted }

    var operations: [Operation]
    var outcome = Outcome.committed
    /// Of a write: the commit it became part of. Of a snapshot: the newest commit that it shows.
    var id: UInt64
    var isSnapshot = false
    /// Readings of one clock that goes on with each: before the call began, after it had returned.
    var began: Int
    var ended: Int
}

/// What no strictly serializable store does.
struct Anomaly: Equatable, CustomStringConvertible {
    enum Kind: String, CaseIterable {
        /// A cycle of writes over one another.
        case dirtyWrite = "G0"
        /// A committed transaction has read what an aborted one wrote.
        case abortedRead = "G1a"
        /// A transaction has read a state in the middle of another one.
        case intermediateRead = "G1b"
        /// A cycle of writes and of reads of what was written.
        case circularFlow = "G1c"
        /// Two transactions read the same list, and both appended to it.
        case lostUpdate = "lost update"
        /// An append was acknowledged and is not there at the end.
        case lostAppend = "lost append"
        /// A cycle with one read of what was then overwritten: a skewed read, say.
        case singleAntiDependency = "G-single"
        /// A cycle with several reads of what was then overwritten: a skewed write, say.
        case antiDependency = "G2"
        /// A cycle that only comes about because one transaction had ended before another one began.
        case realTime = "real time"
        /// Two reads of one key of which neither is how the other began.
        case incompatibleOrder = "incompatible order"
        /// A transaction did not see its own operations.
        case internalRead = "internal"
        /// An element that nobody appended, or twice.
        case foreignElement = "foreign element"
        /// A snapshot shows other commits than its transaction ID says, or a key's appends are not in the order of the IDs.
        case transactionID = "transaction ID"
    }

    let kind: Kind
    let detail: String

    var description: String { "\(kind.rawValue): \(detail)" }
}
