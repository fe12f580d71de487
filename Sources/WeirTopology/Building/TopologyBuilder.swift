/// Puts spouts and bolts together (Storm's `TopologyBuilder`).
///
///     var topology = TopologyBuilder("wordcount")
///     topology.spout("lines", FileSpout(paths), parallelism: 4)
///     topology.bolt("split", parallelism: 8) { SplitBolt() }.shuffle(from: "lines")
///     topology.bolt("count", parallelism: 8) { CountBolt() }.fields(["word"], from: "split")
///     let summary = try await topology.run(on: store, guarantee: .exactlyOnce(commitEvery: .milliseconds(10)))
///
/// Nothing is checked before ``build()`` (or `run`), which reports what is wrong and what to do. Names of the topology and its components are stored with
/// offsets and states: renaming one starts it from nothing.
public struct TopologyBuilder {
    let name: String
    let components = ComponentList()

    /// A topology without components. The name is what its offsets and states are stored under.
    public init(_ name: String = "topology") { self.name = name }

    /// Adds a spout that can replay. Each task gets a value of its own: the expression is evaluated once per task.
    public mutating func spout<S: ReplayableSpout>(
        _ name: String, _ spout: @autoclosure @escaping @Sendable () -> S, parallelism: Int = 1
    ) {
        let role = ComponentSpecification.SpoutRole(
            isReplayable: true,
            partitions: { _ in try spout().partitions() },
            makeTask: { SpoutTask(spout(), $0) })
        add(ComponentSpecification(name: name, parallelism: parallelism, streams: spout().outputs, role: .spout(role)))
    }

    /// Adds a spout that cannot replay: good for at-most-once topologies only.
    @_disfavoredOverload
    public mutating func spout<S: Spout>(
        _ name: String, _ spout: @autoclosure @escaping @Sendable () -> S, parallelism: Int = 1
    ) {
        let role = ComponentSpecification.SpoutRole(
            isReplayable: false,
            partitions: { (0..<$0).map { UInt32($0) } },
            makeTask: { SpoutTask(UnreliableSpout(spout(), $0.emitter), $0) })
        add(ComponentSpecification(name: name, parallelism: parallelism, streams: spout().outputs, role: .spout(role)))
    }

    /// Adds a bolt. Say on what is returned where its tuples come from.
    @discardableResult
    public mutating func bolt<B: Bolt>(
        _ name: String, parallelism: Int = 1, _ make: @escaping @Sendable () -> B
    ) -> BoltDeclarer {
        let role = ComponentSpecification.BoltRole(isDeduplicating: B.self is any DeduplicatingBolt.Type) { BoltTask(make(), $0) }
        add(ComponentSpecification(name: name, parallelism: parallelism, streams: make().outputs, role: .bolt(role)))
        return BoltDeclarer(components: components, index: components.all.count - 1)
    }

    /// Checks everything and returns the topology, ready to run. Throws a ``TopologyError`` that says what to do.
    public func build() throws(TopologyError) -> Topology {
        try Topology(name: name, components: TopologyValidation.check(name, components.all))
    }

    private func add(_ component: ComponentSpecification) { components.all.append(component) }
}

/// The components of a builder and its declarers.
final class ComponentList {
    var all: [ComponentSpecification] = []
}

/// Says where a bolt's tuples come from, and how they are spread over its tasks. A bolt may subscribe to any number of streams.
public struct BoltDeclarer {
    let components: ComponentList
    let index: Int

    /// Subscribes to a stream of a component with a grouping.
    @discardableResult
    public func grouping(_ grouping: Grouping, from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        change { $0.subscriptions.append(Subscription(component: component, stream: stream, grouping: grouping)) }
    }

    /// Subscribes with ``Grouping/shuffle``.
    @discardableResult
    public func shuffle(from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        grouping(.shuffle, from: component, stream: stream)
    }

    /// Subscribes with ``Grouping/fields(_:)``.
    @discardableResult
    public func fields(_ fields: [String], from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        grouping(.fields(fields), from: component, stream: stream)
    }

    /// Subscribes with ``Grouping/partialKey(_:)``.
    @discardableResult
    public func partialKey(_ fields: [String], from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        grouping(.partialKey(fields), from: component, stream: stream)
    }

    /// Subscribes with ``Grouping/all``.
    @discardableResult
    public func all(from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        grouping(.all, from: component, stream: stream)
    }

    /// Subscribes with ``Grouping/global``.
    @discardableResult
    public func global(from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        grouping(.global, from: component, stream: stream)
    }

    /// Subscribes with ``Grouping/direct``.
    @discardableResult
    public func direct(from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        grouping(.direct, from: component, stream: stream)
    }

    /// Subscribes with ``Grouping/localOrShuffle``.
    @discardableResult
    public func localOrShuffle(from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        grouping(.localOrShuffle, from: component, stream: stream)
    }

    /// Subscribes with ``Grouping/none``.
    @discardableResult
    public func none(from component: String, stream: String = StreamDeclaration.defaultName) -> BoltDeclarer {
        grouping(.none, from: component, stream: stream)
    }

    /// Subscribes with ``Grouping/custom(_:)``.
    @discardableResult
    public func custom(
        from component: String, stream: String = StreamDeclaration.defaultName, _ choose: @escaping CustomGrouping
    ) -> BoltDeclarer {
        grouping(.custom(choose), from: component, stream: stream)
    }

    /// Has ``Bolt/tick(_:)`` called at this interval, between tuples.
    @discardableResult
    public func tick(every interval: Duration) -> BoltDeclarer { change { $0.tickInterval = interval } }

    private func change(_ body: (inout ComponentSpecification.BoltRole) -> Void) -> BoltDeclarer {
        if case .bolt(var bolt) = components.all[index].role {
            body(&bolt)
            components.all[index].role = .bolt(bolt)
        }
        return self
    }
}
