/// A bolt's task for one type of bolt: what touches the bolt itself. One witness call per tuple; the bolt lies behind a pointer, so that calls cost no
/// exclusivity check.
// Sendable: see RuntimeTask.
final class BoltTask<B: Bolt>: BoltTaskBase, @unchecked Sendable {
    private let bolt: UnsafeMutablePointer<B>

    init(_ bolt: B, _ setup: BoltTaskSetup) {
        self.bolt = .allocate(capacity: 1)
        self.bolt.initialize(to: bolt)
        super.init(setup)
    }

    deinit {
        bolt.deinitialize(count: 1)
        bolt.deallocate()
    }

    override func callPrepare(_ context: BoltContext) throws { try bolt.pointee.prepare(context) }
    override func callTick() throws { try bolt.pointee.tick(&output.pointee) }
    override func callFinishBatch() throws { try bolt.pointee.finishBatch(&output.pointee) }
    override func callCleanup() { bolt.pointee.cleanup() }

    override func execute(_ arena: UnsafeMutablePointer<Arena>, _ shape: UnsafePointer<StreamShape>) throws -> Int {
        var rows = 0
        var row = UnsafeRawPointer(arena.pointee.base)
        let end = row + arena.pointee.count
        while row < end {
            let fields = row + RowLayout.lengthSize
            let next = fields + Int(UInt32(littleEndian: row.loadUnaligned(as: UInt32.self)))
            do {
                try bolt.pointee.execute(Tuple(fields: fields, end: next, shape: shape), &output.pointee)
                try emitter.pointee.throwFailure()
            } catch {
                try rowFailed(error)
            }
            rows += 1
            row = next
        }
        return rows
    }

    override func executeTracked(_ arena: UnsafeMutablePointer<Arena>, _ shape: UnsafePointer<StreamShape>) throws -> Int {
        var rows = 0
        var row = UnsafeRawPointer(arena.pointee.base)
        let end = row + arena.pointee.count
        let header = RowLayout.lengthSize + emitter.pointee.traceSize
        var last = UInt32.max
        var isDuplicate = false
        while row < end {
            let next = row + RowLayout.lengthSize + Int(UInt32(littleEndian: row.loadUnaligned(as: UInt32.self)))
            let anchor = UInt32(littleEndian: row.loadUnaligned(fromByteOffset: RowLayout.lengthSize, as: UInt32.self))
            if anchor != last {
                last = anchor
                beginRoots(of: anchor, in: arena)
            }
            if emitter.pointee.traceSize == Trace.originSize { isDuplicate = try beginOrigin(row) }
            if !isDuplicate {
                do {
                    try bolt.pointee.execute(Tuple(fields: row + header, end: next, shape: shape), &output.pointee)
                    try emitter.pointee.throwFailure()
                } catch {
                    try rowFailed(error)
                }
            }
            rows += 1
            row = next
        }
        return rows
    }
}
