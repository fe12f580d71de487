public import Logging

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
    /// Logs with the component's and the task's name.
    public let logger: Logger
    let streams: [StreamDeclaration]

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
    let streams: [StreamDeclaration]

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
