import Weir

/// The emitting side of one task: encodes the row, asks each subscription's grouping for its tasks, and appends the row to their open arenas.
///
/// Reached through a pointer only: no reference counting and no exclusivity checks per tuple.
@usableFromInline
struct Emitter {
    let scratch: UnsafeMutablePointer<RowScratch>
    let streams: UnsafeMutableBufferPointer<StreamRoutes>
    let pool: ArenaPool
    let component: String
    /// Bytes of a row's trace: 0, 4 (anchor), or 20 (anchor and origin).
    let traceSize: Int
    /// Bytes at which an arena is sent off.
    let flushSize: Int
    /// What the emissions of the tuple at hand descend from.
    var trace = Trace()
    var tracking: Tracking
    /// The first thing that went wrong in an emission: thrown when the component returns.
    var failure: (any Error)?
    var staged: [StagedWrite] = []
    var held = HeldTuples()
    /// Where a spout should return: see `Output.isFull`.
    var fullAt = Int.max
    var emitted = 0
    /// Rows sent to tasks: one for each that gets it.
    var sent = 0
    var bytes = 0

    init(
        component: String, streams: UnsafeMutableBufferPointer<StreamRoutes>, pool: ArenaPool, traceSize: Int, maximumRowBytes: Int,
        seed: UInt64
    ) {
        scratch = .allocate(capacity: 1)
        scratch.initialize(to: RowScratch(traceSize: traceSize, maximumRowBytes: maximumRowBytes))
        self.component = component
        self.streams = streams
        self.pool = pool
        self.traceSize = traceSize
        flushSize = pool.arenaBytes * 3 / 4
        tracking = Tracking(seed: seed)
    }

    /// Gives back what it owns; open arenas go to the pool.
    func deallocate() {
        scratch.pointee.deallocate()
        scratch.deallocate()
        for stream in streams {
            for route in stream.routes {
                for lane in UnsafeBufferPointer(start: route.lanes, count: route.count) {
                    if let arena = lane.arena { pool.give(arena) }
                    lane.channel.release()
                }
                route.lanes.deallocate()
                route.keys.deallocate()
                route.loads.deallocate()
            }
            UnsafeMutablePointer(stream.routes.baseAddress)?.deinitialize(count: stream.routes.count)
            stream.routes.deallocate()
        }
        streams.baseAddress?.deinitialize(count: streams.count)
        streams.deallocate()
    }

    /// Throws what went wrong in an emission since the last time.
    @inline(__always)
    mutating func throwFailure() throws {
        if failure != nil { throw takeFailure() }
    }

    @inline(never)
    private mutating func takeFailure() -> any Error {
        defer { failure = nil }
        return failure!
    }

    /// The row in the scratch is complete: sends it on its way. `task` is for direct streams, -1 otherwise.
    @usableFromInline @inline(never)
    mutating func emit(_ position: Int, task: Int) {
        guard position < streams.count else {
            return fail(
                TopologyError(.unknownStream, "\"\(component)\" emitted on stream number \(position) but declares \(streams.count)."))
        }
        let stream = streams.baseAddress! + position
        let base = scratch.pointee.base
        let length = scratch.pointee.count
        let fields = scratch.pointee.fieldCount
        guard fields == stream.pointee.fieldCount, !scratch.pointee.isTooLarge, (task >= 0) == stream.pointee.isDirect else {
            return failEmission(stream, task)
        }
        base.storeBytes(of: UInt32(truncatingIfNeeded: length - RowLayout.lengthSize).littleEndian, as: UInt32.self)
        base.storeBytes(
            of: UInt16(truncatingIfNeeded: fields).littleEndian, toByteOffset: scratch.pointee.headerSize - RowLayout.fieldCountSize,
            as: UInt16.self)
        if traceSize == Trace.originSize { trace.stamp(base) }
        let routes = stream.pointee.routes
        for index in 0..<routes.count { deliver(routes.baseAddress! + index, base, length, task) }
        emitted &+= 1
        bytes &+= length
    }

    private mutating func deliver(_ route: UnsafeMutablePointer<Route>, _ row: UnsafeMutableRawPointer, _ length: Int, _ task: Int) {
        let lanes = route.pointee.lanes
        let count = route.pointee.count
        switch route.pointee.kind {
        case .fields:
            append(row, length, to: lanes + (count == 1 ? 0 : Partitioning.task(hash(of: route.pointee.keys), count)))
        case .shuffle:
            // A batch at a time: the next task gets the next arena.
            if append(row, length, to: lanes + route.pointee.cursor) { route.pointee.cursor = (route.pointee.cursor + 1) % count }
        case .byOrigin:
            append(row, length, to: lanes + Partitioning.task(trace.stampedHash(row), count))
        case .global:
            append(row, length, to: lanes)
        case .all:
            for lane in 0..<count { append(row, length, to: lanes + lane) }
        case .partialKey, .partialKeyByOrigin:
            let hash = hash(of: route.pointee.keys)
            let first = Partitioning.task(hash, count)
            let second = Partitioning.task(Partitioning.mix(hash), count)
            let chosen: Int
            if route.pointee.kind == .partialKeyByOrigin {
                chosen = trace.stampedHash(row) & 1 == 0 ? first : second
            } else {
                chosen = route.pointee.loads[first] <= route.pointee.loads[second] ? first : second
                route.pointee.loads[chosen] &+= 1
            }
            append(row, length, to: lanes + chosen)
        case .direct:
            guard task < count else {
                return fail(TopologyError(.grouping, "\"\(component)\" emitted to task \(task) of a bolt that has \(count)."))
            }
            append(row, length, to: lanes + task)
        case .custom:
            let fields = row + scratch.pointee.headerSize - RowLayout.fieldCountSize
            let chosen = route.pointee.custom!(Tuple(fields: fields, end: row + length, shape: route.pointee.shape), count)
            guard chosen >= 0, chosen < count else {
                return fail(TopologyError(.grouping, "The custom grouping of \"\(component)\" chose task \(chosen) of \(count)."))
            }
            append(row, length, to: lanes + chosen)
        }
    }

    /// The hash of the row's fields at `keys`, over their encodings: tags and lengths included.
    private func hash(of keys: UnsafeBufferPointer<Int>) -> UInt64 {
        let start = UnsafeRawPointer(scratch.pointee.base) + scratch.pointee.headerSize
        var result: UInt64 = 0
        for position in keys.indices {
            var cursor = start
            for _ in 0..<keys[position] { skipField(&cursor) }
            let field = cursor
            skipField(&cursor)
            let hash = ByteHash.hash(UnsafeRawBufferPointer(start: field, count: cursor - field))
            result = position == 0 ? hash : Partitioning.mix(result) ^ hash
        }
        return result
    }

    @inline(__always)
    private func skipField(_ cursor: inout UnsafeRawPointer) {
        cursor += 1
        let length = RowLayout.readLength(&cursor)
        cursor += length
    }

    /// Appends the row to the lane's open arena; true when that arena was sent off.
    @discardableResult @inline(__always)
    private mutating func append(_ row: UnsafeMutableRawPointer, _ length: Int, to lane: UnsafeMutablePointer<Lane>) -> Bool {
        var arena = lane.pointee.arena ?? open(lane)
        if arena.pointee.count + length > arena.pointee.capacity {
            if arena.pointee.count > 0 {
                send(lane)
                arena = open(lane)
            }
            arena.pointee.reserve(length)
        }
        let place = arena.pointee.base + arena.pointee.count
        place.copyMemory(from: row, byteCount: length)
        if traceSize > 0 { (place + RowLayout.lengthSize).storeBytes(of: anchor(lane, arena).littleEndian, as: UInt32.self) }
        arena.pointee.count += length
        arena.pointee.rows += 1
        sent &+= 1
        guard arena.pointee.count >= flushSize else { return false }
        send(lane)
        return true
    }

    @inline(never)
    private func open(_ lane: UnsafeMutablePointer<Lane>) -> UnsafeMutablePointer<Arena> {
        let arena = pool.take()
        lane.pointee.arena = arena
        lane.pointee.lastRoot = 0
        return arena
    }

    /// The index of the anchor, in the lane's arena, that stands for what is being executed.
    private mutating func anchor(_ lane: UnsafeMutablePointer<Lane>, _ arena: UnsafeMutablePointer<Arena>) -> UInt32 {
        guard trace.root != 0 else { return .max }
        if trace.root == lane.pointee.lastRoot, trace.further.isEmpty { return lane.pointee.lastIndex }
        var next = UInt32.max
        for (root, source) in trace.further {
            next = arena.pointee.append(Anchor(root: root, edge: tracking.newEdge(of: root), source: source, next: next))
        }
        let index = arena.pointee.append(
            Anchor(root: trace.root, edge: tracking.newEdge(of: trace.root), source: trace.source, next: next))
        lane.pointee.lastRoot = trace.further.isEmpty ? trace.root : 0
        lane.pointee.lastIndex = index
        return index
    }

    private func send(_ lane: UnsafeMutablePointer<Lane>) {
        guard let arena = lane.pointee.arena else { return }
        lane.pointee.arena = nil
        lane.pointee.channel._withUnsafeGuaranteedRef { $0.send(UInt(bitPattern: arena)) }
    }

    /// Sends off what is open, and to say that a shuffle goes on with the next task.
    mutating func flush() {
        forEachRoute { route in
            for index in 0..<route.pointee.count where route.pointee.lanes[index].arena != nil {
                send(route.pointee.lanes + index)
                if route.pointee.kind == .shuffle, index == route.pointee.cursor {
                    route.pointee.cursor = (index + 1) % route.pointee.count
                }
            }
        }
    }

    /// Sends a marker behind everything emitted so far.
    mutating func send(marker: UInt64) {
        flush()
        forEachRoute { route in
            for index in 0..<route.pointee.count {
                route.pointee.lanes[index].channel._withUnsafeGuaranteedRef { $0.send(Channel.word(marker: marker)) }
            }
        }
    }

    func forEachRoute(_ body: (UnsafeMutablePointer<Route>) -> Void) {
        for stream in streams {
            for index in 0..<stream.routes.count { body(stream.routes.baseAddress! + index) }
        }
    }

    @inline(never)
    mutating func fail(_ error: any Error) {
        if failure == nil { failure = error }
    }

    @inline(never)
    private mutating func failEmission(_ stream: UnsafeMutablePointer<StreamRoutes>, _ task: Int) {
        let name = "Stream \"\(stream.pointee.name)\" of \"\(component)\""
        if scratch.pointee.isTooLarge {
            scratch.pointee.isTooLarge = false
            fail(
                TupleError(
                    .tooLarge, "\(name): a row is longer than \(scratch.pointee.maximumRowBytes) bytes. Raise maximumRowBytes or emit less."
                ))
        } else if scratch.pointee.fieldCount != stream.pointee.fieldCount {
            fail(
                TupleError(
                    .fieldCount, "\(name) has \(stream.pointee.fieldCount) fields; \(scratch.pointee.fieldCount) values were emitted."))
        } else if stream.pointee.isDirect {
            fail(TopologyError(.grouping, "\(name) is direct: emit with emit(_:to:on:), which names the task."))
        } else {
            fail(TopologyError(.grouping, "\(name) is not direct: declare it with isDirect, or emit without naming a task."))
        }
    }
}
