import Synchronization
import WeirTopology

/// The tuples that a driver was given for one spout, by partition: what a log is to a consumer. Survives every crash of the topology.
///
/// Watches the runtime, too: it must not go back below what it acknowledged, and must bring back the fingerprint that belongs to an offset.
final class Script: Sendable {
    private struct State {
        var partitions: [[ScriptedTuple]]
        var positions: [Int]
        var acknowledged: [UInt64]
        var isComplete = false
        var isBroken = false
    }

    /// What is wrong with what the runtime asks of a source.
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// What a source that is told to break off throws.
    struct Interruption: Error, CustomStringConvertible {
        var description: String { "The source broke off, as it was told to." }
    }

    private let state: Mutex<State>

    init(partitions: Int) {
        state = Mutex(
            State(
                partitions: Array(repeating: [], count: partitions), positions: Array(repeating: 0, count: partitions),
                acknowledged: Array(repeating: 0, count: partitions)))
    }

    var partitionCount: Int { state.withLock { $0.partitions.count } }

    func append(_ tuple: ScriptedTuple, to partition: UInt32) { state.withLock { $0.partitions[Int(partition)].append(tuple) } }

    /// There will be no more.
    func complete() { state.withLock { $0.isComplete = true } }

    /// The next call for tuples fails.
    func breakOff() { state.withLock { $0.isBroken = true } }

    /// Tuples given so far, by partition.
    var counts: [Int] { state.withLock { $0.partitions.map(\.count) } }

    /// What lies before an offset, in eight bytes.
    static func fingerprint(_ partition: UInt32, _ offset: UInt64) -> [UInt8] {
        withUnsafeBytes(of: (UInt64(partition) << 32 ^ offset) &* 0x9E37_79B9_7F4A_7C15) { [UInt8]($0) }
    }

    func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {
        guard fingerprint.isEmpty || fingerprint == Self.fingerprint(partition, offset) else {
            throw Violation(description: "Partition \(partition) was asked to go on at offset \(offset) with another offset's fingerprint.")
        }
        try state.withLock { state in
            let acknowledged = state.acknowledged[Int(partition)]
            guard offset >= acknowledged else {
                throw Violation(
                    description: """
                        Partition \(partition) was asked for offset \(offset) again, after everything below \(acknowledged) had been acknowledged: \
                        a source may have thrown it away.
                        """)
            }
            state.positions[Int(partition)] = Int(offset)
        }
    }

    func acknowledge(_ partition: UInt32, upTo offset: UInt64) {
        state.withLock { $0.acknowledged[Int(partition)] = max($0.acknowledged[Int(partition)], offset) }
    }

    func next(_ partition: UInt32) throws -> (offset: Int, tuple: ScriptedTuple)? {
        try state.withLock { state in
            if state.isBroken {
                state.isBroken = false
                throw Interruption()
            }
            let position = state.positions[Int(partition)]
            guard position < state.partitions[Int(partition)].count else { return nil }
            state.positions[Int(partition)] = position + 1
            return (position, state.partitions[Int(partition)][position])
        }
    }

    func status(_ partition: UInt32) -> SpoutStatus {
        state.withLock { state in
            guard state.positions[Int(partition)] >= state.partitions[Int(partition)].count else { return .emitted }
            return state.isComplete ? .finished : .idle
        }
    }
}

/// Stands in a topology where its spout was.
struct ScriptedSource: ReplayableSpout, Sendable {
    let script: Script
    private var streams: [String: StreamIndex] = [:]
    /// Tuples per call: few, so that batches end between any two.
    private static let chunk = 2

    init(_ script: Script) { self.script = script }

    /// The declarations of the spout that it stands for are kept.
    var outputs: [StreamDeclaration] { [] }
    func partitions() throws -> [UInt32] { (0..<UInt32(script.partitionCount)).map { $0 } }

    mutating func open(_ context: SpoutContext) throws {
        for stream in context.streams { streams[stream.name] = try context.stream(stream.name) }
    }

    func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {
        try script.seek(partition, to: offset, fingerprint: fingerprint)
    }

    func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
        var count = 0
        while count < Self.chunk, !output.isFull, let (offset, tuple) = try script.next(partition) {
            guard let stream = streams[tuple.stream] else {
                throw Script.Violation(description: "The spout has no stream \"\(tuple.stream)\" that a tuple could be given on.")
            }
            output.emit(at: UInt64(offset), next: UInt64(offset) + 1, on: stream) { row in
                for value in tuple.values { value.encode(to: &row) }
            }
            count += 1
        }
        let status = script.status(partition)
        return count > 0 && status == .idle ? .emitted : status
    }

    func fingerprint(_ partition: UInt32, upTo offset: UInt64) throws -> [UInt8] { Script.fingerprint(partition, offset) }

    func ack(_ partition: UInt32, upTo offset: UInt64) { script.acknowledge(partition, upTo: offset) }
}
