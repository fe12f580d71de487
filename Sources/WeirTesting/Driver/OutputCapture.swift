import Synchronization
import WeirTopology

/// A tuple that a topology under test emitted, as text: strings as they are, numbers in decimal, bytes in hexadecimal, nil for null.
public struct CapturedTuple: Hashable, Sendable, CustomStringConvertible {
    /// The component that emitted it.
    public let component: String
    /// The stream.
    public let stream: String
    /// The fields' names.
    public let fields: [String]
    /// Their values.
    public let values: [String?]

    /// The value of a field; nil when it is null, or there is none of this name.
    public subscript(field: String) -> String? {
        guard let index = fields.firstIndex(of: field) else { return nil }
        return values[index]
    }

    /// Fields and values.
    public var description: String { zip(fields, values).map { "\($0): \($1 ?? "null")" }.joined(separator: ", ") }

    init(_ tuple: borrowing Tuple) throws {
        component = tuple.component
        stream = tuple.stream
        fields = tuple.fields
        var values: [String?] = []
        for index in 0..<tuple.count { values.append(try Self.text(of: tuple, index)) }
        self.values = values
    }

    private static func text(of tuple: borrowing Tuple, _ index: Int) throws -> String? {
        let field = try tuple[index]
        switch field.kind {
        case .null: return nil
        case .bool: return "\(try field.bool)"
        case .int: return "\(try field.int)"
        case .double: return "\(try field.double)"
        case .string: return try field.string
        default:
            let digits = Array("0123456789abcdef")
            return String(try field.unsafeBytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        }
    }
}

/// What was emitted on one stream in batches that are committed.
final class OutputCapture: Sendable {
    private struct State {
        /// By the position of its batch among those that are being committed.
        var staged: [Int: [CapturedTuple]] = [:]
        var writing = 0
        var committed: [CapturedTuple] = []
    }
    private let state = Mutex(State())

    /// The batch at this position is being written now.
    func begin(_ position: Int) {
        state.withLock { state in
            state.writing = position
            state.staged[position] = nil
        }
    }

    func stage(_ tuples: [CapturedTuple]) { state.withLock { $0.staged[$0.writing, default: []] += tuples } }

    /// Of the batches that were being committed, these are.
    func settle(committed: [Bool]) {
        state.withLock { state in
            for (position, isCommitted) in committed.enumerated() where isCommitted { state.committed += state.staged[position] ?? [] }
            state.staged = [:]
        }
    }

    var tuples: [CapturedTuple] { state.withLock { $0.committed } }
}

/// Listens at the end of a stream, and notes in each commit what came in its batch.
struct CapturingBolt: Bolt {
    let capture: OutputCapture
    private var tuples: [CapturedTuple] = []

    init(_ capture: OutputCapture) { self.capture = capture }

    mutating func execute(_ tuple: borrowing Tuple, _ output: inout Output) throws { tuples.append(try CapturedTuple(tuple)) }

    mutating func finishBatch(_ output: inout Output) throws {
        guard !tuples.isEmpty else { return }
        output.stage { [capture, tuples] _ in capture.stage(tuples) }
        tuples = []
    }
}
