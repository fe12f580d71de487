/// A checked topology: what ``TopologyBuilder/build()`` returns. Can be run any number of times, on one store once at a time.
public struct Topology: Sendable {
    /// What its offsets and states are stored under.
    public let name: String
    /// In topological order.
    let components: [ComponentSpecification]

    init(name: String, components: [ComponentSpecification]) throws(TopologyError) {
        self.name = name
        self.components = components
    }

    /// The name under which a spout's offsets are committed: the source of `Store`'s offsets.
    public func source(of spout: String) -> String { "\(name).\(spout)" }

    /// How many steps each component is from its farthest spout.
    var depths: [String: Int] {
        var depths: [String: Int] = [:]
        for component in components {
            depths[component.name] = component.subscriptions.map { (depths[$0.component] ?? 0) + 1 }.max() ?? 0
        }
        return depths
    }

    func check(_ guarantee: Guarantee) throws(TopologyError) {
        guard guarantee.kind != .atMostOnce else { return }
        for component in components {
            guard case .spout(let spout) = component.role, !spout.isReplayable else { continue }
            throw TopologyError(
                .notReplayable,
                "The spout \"\(component.name)\" cannot replay, so \(guarantee) cannot be promised: run at-most-once, or use a ReplayableSpout."
            )
        }
    }
}
