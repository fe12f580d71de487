// What a driver changes in a topology under test: where its tuples come from, and who else listens.

extension Topology {
    /// The names of its spouts.
    package var spouts: [String] {
        components.compactMap { component in
            if case .spout = component.role { component.name } else { nil }
        }
    }

    /// The streams that a component declares; nil when there is no such component.
    package func streams(of component: String) -> [StreamDeclaration]? { components.first { $0.name == component }?.streams }

    /// The same topology with another source in place of a spout: same name, same streams, same parallelism.
    package func replacing<S: ReplayableSpout>(_ spout: String, by make: @escaping @Sendable () -> S) throws(TopologyError) -> Topology {
        var components = components
        guard let index = components.firstIndex(where: { $0.name == spout }), case .spout = components[index].role else {
            throw TopologyError(.unknownComponent, "\"\(name)\" has no spout \"\(spout)\" that tuples could be given to.")
        }
        components[index].role = .spout(
            ComponentSpecification.SpoutRole(
                isReplayable: true, partitions: { _ in try make().partitions() }, makeTask: { SpoutTask(make(), $0) }))
        return try Topology(name: name, components: components)
    }

    /// The same topology with one more bolt at the end of a stream, which gets all its tuples in one task.
    package func observed<B: Bolt>(
        _ component: String, stream: String, by observer: String, _ make: @escaping @Sendable () -> B
    ) throws(TopologyError) -> Topology {
        guard let streams = streams(of: component), streams.contains(where: { $0.name == stream }) else {
            throw TopologyError(.unknownStream, "\"\(component)\" of \"\(name)\" has no stream \"\(stream)\" that could be captured.")
        }
        var role = ComponentSpecification.BoltRole(isDeduplicating: false) { BoltTask(make(), $0) }
        role.subscriptions = [Subscription(component: component, stream: stream, grouping: .global)]
        let bolt = ComponentSpecification(name: observer, parallelism: 1, streams: [], role: .bolt(role))
        return try Topology(name: name, components: components + [bolt])
    }
}
