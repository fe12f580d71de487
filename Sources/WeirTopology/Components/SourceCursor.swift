/// One call of a replayable spout: what it may emit, and how far it came.
@usableFromInline
struct SourceCursor {
    let emitter: UnsafeMutablePointer<Emitter>
    /// Whether the output takes no more in this call.
    @usableFromInline var isFull = false
    /// The partition at hand: its number, and its position among all partitions of the run.
    var partition: UInt32 = 0
    var source: UInt32 = 0
    /// The offset after the last tuple.
    var position: UInt64 = 0
    /// Where a replay ends: tuples from here on were emitted before and are not taken again.
    var end = UInt64.max
    /// Tuples left in this call.
    var budget = Int.max
    /// Bytes left in this call.
    var room = 0
    /// Tuples taken in this call.
    var taken = 0
    /// Where the tuple lies that goes to the dead letters and not into the topology: the first one in this range.
    var poison: Range<UInt64>?
    var poisoned: (offset: UInt64, next: UInt64, row: [UInt8])?
    /// The offset of the last tuple taken.
    var lastOffset: UInt64 = 0
    /// Tuples that lie below the position: they came before.
    var skipped = 0
    /// What origins in this component start from, so that two spouts' rows differ.
    let seed: UInt64

    init(emitter: UnsafeMutablePointer<Emitter>, seed: UInt64) {
        self.emitter = emitter
        self.seed = seed
    }

    @usableFromInline @inline(never)
    mutating func finish(_ offset: UInt64, _ next: UInt64, _ stream: StreamIndex) {
        if offset >= end {
            isFull = true
            return
        }
        guard !isFull else {
            return emitter.pointee.fail(
                TopologyError(
                    .outputFull, "The spout \"\(emitter.pointee.component)\" emitted although output.isFull: look at it before each tuple.")
            )
        }
        guard offset >= position, next > offset else { return emittedBefore(offset, next) }
        position = next
        taken += 1
        lastOffset = offset
        if let poison, poison.contains(offset) {
            poisoned = (offset, next, Array(emitter.pointee.scratchFields))
            isFull = true
            return
        } else {
            let before = emitter.pointee.bytes
            emitter.pointee.trace.begin(offset: offset, path: seed)
            emitter.pointee.emit(stream.position, task: -1)
            room -= emitter.pointee.bytes - before
        }
        isFull = taken >= budget || room <= 0 || position >= end
    }

    /// The tuple does not lie behind the last one. One that came before, whoever sends it again, has had its effect, or has it in the open batch.
    @inline(never)
    private mutating func emittedBefore(_ offset: UInt64, _ next: UInt64) {
        if next > offset, next <= position {
            skipped += 1
            return
        }
        emitter.pointee.fail(
            TopologyError(
                .offsetOrder,
                "The spout \"\(emitter.pointee.component)\" emitted \(offset)..<\(next) of partition \(partition), which is at \(position): "
                    + "a tuple lies before that or behind it, and has at least one offset."))
    }

    mutating func skip(to next: UInt64) {
        position = max(position, next)
        if position >= end { isFull = true }
    }
}

extension Emitter {
    /// The row being written, without its header, as it can be stored: [u16 field count][fields].
    var scratchFields: UnsafeRawBufferPointer {
        let scratch = scratch.pointee
        let start = scratch.headerSize - RowLayout.fieldCountSize
        scratch.base.storeBytes(of: UInt16(truncatingIfNeeded: scratch.fieldCount).littleEndian, toByteOffset: start, as: UInt16.self)
        return UnsafeRawBufferPointer(start: scratch.base + start, count: scratch.count - start)
    }
}

extension SourceCursor {
    /// Tuples that an unreliable spout emitted by itself.
    mutating func count(_ tuples: Int) {
        taken += tuples
        position += UInt64(tuples)
    }
}
