/// What the builder knows about one component. Filled by the builder, read-only once built.
struct ComponentSpecification: Sendable {
    enum Role: Sendable {
        case spout(SpoutRole)
        case bolt(BoltRole)
    }

    struct SpoutRole: Sendable {
        let isReplayable: Bool
        let partitions: @Sendable (_ parallelism: Int) throws -> [UInt32]
        let makeTask: @Sendable (SpoutTaskSetup) throws -> SpoutTaskBase
    }

    struct BoltRole: Sendable {
        /// Wrapped in `ExactlyOnce`: skips replayed tuples in an at-least-once topology.
        let isDeduplicating: Bool
        var subscriptions: [Subscription] = []
        var tickInterval: Duration?
        let makeTask: @Sendable (BoltTaskSetup) throws -> BoltTaskBase
    }

    let name: String
    let parallelism: Int
    let streams: [StreamDeclaration]
    var role: Role

    var subscriptions: [Subscription] {
        guard case .bolt(let bolt) = role else { return [] }
        return bolt.subscriptions
    }

    var isDeduplicating: Bool {
        guard case .bolt(let bolt) = role else { return false }
        return bolt.isDeduplicating
    }
}

/// One stream that a bolt takes in, and how it is spread over the bolt's tasks.
struct Subscription: Sendable {
    let component: String
    let stream: String
    let grouping: Grouping
}
