public import ServiceLifecycle
public import WeirStore

extension Topology {
    /// Runs until every spout has finished, or until the task is cancelled or shut down gracefully: then what was emitted is processed and committed.
    ///
    /// It goes on from the offsets and states that the store holds for this topology. Nothing of it runs on Swift's cooperative threads.
    /// - Throws: a ``TopologyError`` when it cannot run or gave up; a component's own error when it could not start; a `StoreError`.
    public func run(
        on store: Store, guarantee: Guarantee = .exactlyOnce(), configuration: TopologyConfiguration = .init()
    ) async throws -> TopologySummary {
        let run = try TopologyRun(self, store, guarantee, configuration)
        return try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await withCheckedThrowingContinuation { continuation in run.start { continuation.resume(with: $0) } }
            } onGracefulShutdown: {
                run.stop()
            }
        } onCancel: {
            run.stop()
        }
    }
}

extension TopologyBuilder {
    /// Builds the topology and runs it: see ``Topology/run(on:guarantee:configuration:)``.
    @discardableResult
    public func run(
        on store: Store, guarantee: Guarantee = .exactlyOnce(), configuration: TopologyConfiguration = .init()
    ) async throws -> TopologySummary {
        try await build().run(on: store, guarantee: guarantee, configuration: configuration)
    }
}

/// A topology as a service of swift-service-lifecycle: SIGTERM drains it and commits.
public struct TopologyService: Service {
    private let topology: Topology
    private let store: Store
    private let guarantee: Guarantee
    private let configuration: TopologyConfiguration
    private let onEnd: @Sendable (TopologySummary) -> Void

    /// A service that runs a topology; `onEnd` gets the summary.
    public init(
        _ topology: Topology, on store: Store, guarantee: Guarantee = .exactlyOnce(), configuration: TopologyConfiguration = .init(),
        onEnd: @escaping @Sendable (TopologySummary) -> Void = { _ in }
    ) {
        self.topology = topology
        self.store = store
        self.guarantee = guarantee
        self.configuration = configuration
        self.onEnd = onEnd
    }

    /// Runs it until its spouts have finished or it is shut down.
    public func run() async throws {
        onEnd(try await topology.run(on: store, guarantee: guarantee, configuration: configuration))
    }
}
