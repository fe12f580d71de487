public import Logging
public import Weir
public import WeirStore

/// What a bolt's task knows about itself.
public struct BoltContext {
    /// The bolt's name in the topology.
    public let component: String
    /// Which of the bolt's tasks this is, from 0.
    public let task: Int
    /// How many tasks the bolt has.
    public let parallelism: Int
    /// How often the topology had to start again in this run: 0, 1, ...
    public let attempt: Int
    /// The store that the topology runs on. For reading; what should be written goes through ``Output/stage(_:)``.
    public let store: Store
    /// Logs with the component's and the task's name.
    public let logger: Logger
    let streams: [StreamDeclaration]
    let states: TaskStates

    /// The bolt's keyed state, named like the component: this task's share of it. It is in every commit that covers the tuples that changed it.
    public var state: KeyedState { get throws { try states.state(named: component) } }

    /// A further keyed state of the same task.
    public func state(named name: String) throws -> KeyedState { try states.state(named: "\(component).\(name)") }

    /// The stream of a name, to emit on.
    public func stream(_ name: String) throws -> StreamIndex { try StreamIndex.find(name, in: streams, of: component) }
}

/// What a spout's task knows about itself.
public struct SpoutContext {
    /// The spout's name in the topology.
    public let component: String
    /// Which of the spout's tasks this is, from 0.
    public let task: Int
    /// How many tasks the spout has.
    public let parallelism: Int
    /// How often the topology had to start again in this run: 0, 1, ...
    public let attempt: Int
    /// The partitions that this task reads.
    public let partitions: [UInt32]
    /// Logs with the component's and the task's name.
    public let logger: Logger
    package let streams: [StreamDeclaration]

    /// The stream of a name, to emit on.
    public func stream(_ name: String) throws -> StreamIndex { try StreamIndex.find(name, in: streams, of: component) }
}

extension StreamIndex {
    static func find(_ name: String, in streams: [StreamDeclaration], of component: String) throws(TopologyError) -> StreamIndex {
        guard let position = streams.firstIndex(where: { $0.name == name }) else {
            throw TopologyError(.unknownStream, "\"\(component)\" has no stream \"\(name)\". Declare it in the component's outputs.")
        }
        return StreamIndex(position)
    }
}
