/// Runs a ``Spout`` as one partition per task, whose offsets only count its tuples: there is nothing to go back to, and nothing to commit.
struct UnreliableSpout<S: Spout>: ReplayableSpout {
    private var spout: S
    private let emitter: UnsafeMutablePointer<Emitter>

    init(_ spout: S, _ emitter: UnsafeMutablePointer<Emitter>) {
        self.spout = spout
        self.emitter = emitter
    }

    var outputs: [StreamDeclaration] { spout.outputs }
    func partitions() throws -> [UInt32] { [] }
    mutating func open(_ context: SpoutContext) throws { try spout.open(context) }
    mutating func seek(_ partition: UInt32, to offset: UInt64, fingerprint: [UInt8]) throws {}

    mutating func nextTuples(of partition: UInt32, _ output: inout SpoutOutput) throws -> SpoutStatus {
        let before = emitter.pointee.emitted
        emitter.pointee.fullAt = emitter.pointee.bytes + output.source.pointee.room
        var inner = Output(emitter)
        let status = try spout.nextTuples(&inner)
        output.source.pointee.count(emitter.pointee.emitted - before)
        return status
    }

    mutating func close() { spout.close() }
}
