/// A spout's task for one type of spout: what touches the spout itself.
// Sendable: see RuntimeTask.
final class SpoutTask<S: ReplayableSpout>: SpoutTaskBase, @unchecked Sendable {
    private let spout: UnsafeMutablePointer<S>

    init(_ spout: S, _ setup: SpoutTaskSetup) {
        self.spout = .allocate(capacity: 1)
        self.spout.initialize(to: spout)
        super.init(setup)
    }

    deinit {
        spout.deinitialize(count: 1)
        spout.deallocate()
    }

    override func callOpen(_ context: SpoutContext) throws { try spout.pointee.open(context) }
    override func callSeek(_ partition: UInt32, _ offset: UInt64, _ fingerprint: [UInt8]) throws {
        try spout.pointee.seek(partition, to: offset, fingerprint: fingerprint)
    }
    override func callNext(_ partition: UInt32) throws -> SpoutStatus {
        try spout.pointee.nextTuples(of: partition, &output.pointee)
    }
    override func callFingerprint(_ partition: UInt32, _ offset: UInt64) throws -> [UInt8] {
        try spout.pointee.fingerprint(partition, upTo: offset)
    }
    override func callAck(_ partition: UInt32, _ offset: UInt64) { spout.pointee.ack(partition, upTo: offset) }
    override func callFail(_ partition: UInt32, _ range: Range<UInt64>) { spout.pointee.fail(partition, range) }
    override func callClose() { spout.pointee.close() }
}
