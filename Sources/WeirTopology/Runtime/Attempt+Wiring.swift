import Weir
import WeirStore

/// The tasks of one attempt, wired up.
struct Wiring {
    var spouts: [SpoutTaskBase] = []
    var bolts: [BoltTaskBase] = []
    var ticks: [(interval: UInt64, tasks: [BoltTaskBase])] = []
    private var emitters: [UnsafeMutablePointer<Emitter>] = []
    private var shapes: [UnsafeMutablePointer<StreamShape>] = []
    private var channels: [Channel] = []

    var tasks: [RuntimeTask] { spouts + bolts }

    /// Makes the tasks and their channels. `positions`: where each spout's partitions start.
    init(_ topology: Topology, _ services: TaskServices, positions: [[SourcePartition]], lastBatch: UInt64) throws {
        let depths = topology.depths
        var byName: [String: [RuntimeTask]] = [:]
        var routes: [String: [[Route]]] = [:]
        // From the end, since an emitter needs the lanes to its consumers, and those need the tasks.
        var pending: [(ComponentSpecification, [UnsafeMutablePointer<Emitter>])] = []
        let traceSize = Self.traceSize(topology, services.guarantee)
        var random = services.configuration.surroundings.generator(attempt: services.attempt)
        for component in topology.components {
            let emitters = (0..<component.parallelism).map { _ in
                let emitter = UnsafeMutablePointer<Emitter>.allocate(capacity: 1)
                emitter.initialize(
                    to: Emitter(
                        component: component.name, streams: .allocate(capacity: component.streams.count), pool: services.pool,
                        traceSize: traceSize, maximumRowBytes: services.configuration.maximumRowBytes, seed: random.next()))
                return emitter
            }
            self.emitters += emitters
            pending.append((component, emitters))
            routes[component.name] = []
        }
        var spoutNumber = 0
        for (component, emitters) in pending {
            switch component.role {
            case .spout(let role):
                var name = component.name
                let seed = name.withUTF8 { ByteHash.hash(UnsafeRawBufferPointer($0)) }
                for index in 0..<component.parallelism {
                    let own = positions[spoutNumber].enumerated().filter { $0.offset % component.parallelism == index }.map(\.element)
                    let task = try role.makeTask(
                        SpoutTaskSetup(
                            component: component.name, source: topology.source(of: component.name), index: index,
                            parallelism: component.parallelism, streams: component.streams, services: services, emitter: emitters[index],
                            isReplayable: role.isReplayable, partitions: own, owner: spouts.count, seed: seed, lastBatch: lastBatch))
                    spouts.append(task)
                    byName[component.name, default: []].append(task)
                }
                spoutNumber += 1
            case .bolt(let role):
                var own: [BoltTaskBase] = []
                for index in 0..<component.parallelism {
                    own.append(
                        try role.makeTask(
                            BoltTaskSetup(
                                component: component.name, index: index, parallelism: component.parallelism,
                                depth: depths[component.name] ?? 0, streams: component.streams, services: services,
                                emitter: emitters[index],
                                isDeduplicating: role.isDeduplicating, lastBatch: lastBatch)))
                }
                bolts += own
                byName[component.name] = own
                if let interval = role.tickInterval { ticks.append((interval.nanoseconds, own)) }
            }
        }
        for (component, emitters) in pending {
            for (index, emitter) in emitters.enumerated() {
                guard let task = byName[component.name]?[index] else { continue }
                connect(task, component, emitter, topology, byName, services)
            }
        }
        services.spouts = spouts
    }

    private mutating func connect(
        _ task: RuntimeTask, _ component: ComponentSpecification, _ emitter: UnsafeMutablePointer<Emitter>, _ topology: Topology,
        _ byName: [String: [RuntimeTask]], _ services: TaskServices
    ) {
        for (position, stream) in component.streams.enumerated() {
            let shape = UnsafeMutablePointer<StreamShape>.allocate(capacity: 1)
            shape.initialize(to: StreamShape(component: component.name, stream: stream.name, fields: stream.fields))
            shapes.append(shape)
            var routes: [Route] = []
            for consumer in topology.components {
                for subscription in consumer.subscriptions
                where subscription.component == component.name && subscription.stream == stream.name {
                    let targets = (byName[consumer.name] ?? []).compactMap { $0 as? BoltTaskBase }
                    let lanes = UnsafeMutablePointer<Lane>.allocate(capacity: targets.count)
                    for (index, target) in targets.enumerated() {
                        let channel = Channel(
                            from: task, to: target, shape: UnsafePointer(shape), capacity: services.configuration.channelCapacity)
                        channels.append(channel)
                        target.inputs.append(channel)
                        (lanes + index).initialize(to: Lane(arena: nil, channel: Unmanaged.passRetained(channel)))
                    }
                    let byOrigin = consumer.isDeduplicating && emitter.pointee.traceSize == Trace.originSize
                    routes.append(
                        Route(
                            subscription.grouping, stream, lanes, targets.count, UnsafePointer(shape), byOrigin: byOrigin, task: task.index)
                    )
                }
            }
            let stored = UnsafeMutableBufferPointer<Route>.allocate(capacity: routes.count)
            _ = stored.initialize(from: routes)
            (emitter.pointee.streams.baseAddress! + position).initialize(
                to: StreamRoutes(name: stream.name, fieldCount: stream.fields.count, isDirect: stream.isDirect, routes: stored))
        }
    }

    /// Rows carry anchors where tuples are tracked, and origins where a bolt needs them.
    private static func traceSize(_ topology: Topology, _ guarantee: Guarantee.Kind) -> Int {
        guard guarantee == .atLeastOnce else { return 0 }
        return topology.components.contains(where: \.isDeduplicating) ? Trace.originSize : Trace.anchorSize
    }

    /// Gives back all memory. When no thread runs any more.
    mutating func tearDown(_ services: TaskServices) {
        services.spouts = []
        for channel in channels { channel.drain(into: services.pool) }
        for bolt in bolts { bolt.inputs = [] }
        for emitter in emitters {
            emitter.pointee.deallocate()
            emitter.deinitialize(count: 1)
            emitter.deallocate()
        }
        for shape in shapes {
            shape.deinitialize(count: 1)
            shape.deallocate()
        }
        spouts = []
        bolts = []
        ticks = []
        channels = []
    }
}

extension Route {
    init(
        _ grouping: Grouping, _ stream: StreamDeclaration, _ lanes: UnsafeMutablePointer<Lane>, _ count: Int,
        _ shape: UnsafePointer<StreamShape>, byOrigin: Bool, task: Int
    ) {
        var keys: [Int] = []
        var custom: CustomGrouping?
        switch grouping.kind {
        case .shuffle, .localOrShuffle: kind = byOrigin ? .byOrigin : .shuffle
        case .all: kind = .all
        case .global: kind = .global
        case .direct: kind = .direct
        case .fields(let names):
            kind = .fields
            keys = names.compactMap { stream.fields.firstIndex(of: $0) }
        case .partialKey(let names):
            kind = byOrigin ? .partialKeyByOrigin : .partialKey
            keys = names.compactMap { stream.fields.firstIndex(of: $0) }
        case .custom(let choose):
            kind = .custom
            custom = choose
        }
        self.lanes = lanes
        self.count = count
        let stored = UnsafeMutableBufferPointer<Int>.allocate(capacity: keys.count)
        _ = stored.initialize(from: keys)
        self.keys = UnsafeBufferPointer(stored)
        self.custom = custom
        self.shape = shape
        // So that the tasks do not all begin with the same consumer.
        cursor = task % count
        loads = .allocate(capacity: count)
        loads.initialize(repeating: 0, count: count)
    }
}

extension Duration {
    /// Whole nanoseconds, at most what fits.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(clamping: min(seconds, 1 << 33)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
