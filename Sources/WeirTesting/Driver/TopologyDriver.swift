import Logging
public import SystemPackage
import Weir
public import WeirStore
public import WeirTopology

/// Runs a topology in a test, one decision at a time: no threads of its own, a clock that the scenario turns, tuples in, tables, states and tuples out, and
/// crashes wherever the scenario says so. (Kafka Streams' `TopologyTestDriver`, with crashes.)
///
///     try withTemporaryFolder { folder in
///         let driver = try TopologyDriver(in: folder, seed: 42) { _ in wordCount() }
///         try driver.run(["to be", "or not", .commit, "to be", .crash, .commit])
///         #expect(try driver.count(of: "be", in: "count") == 2)
///     }
///
/// It is the real runtime: the same tasks, channels, groupings, markers, coordinator and commits, on a real store. Only who runs next is not left to threads:
/// a generator draws it from the seed, among everything that could. The same seed on the same scenario is the same run; ``trace`` has its decisions.
///
/// A tuple that is given is processed meanwhile as far as the seed says: so a batch ends, and a crash comes, with any part of it still under way.
///
/// The topology's spouts are replaced by sources that hold what the scenario gives (unless `scripted` says otherwise); a crash closes the store, opens it
/// again, and makes the topology anew.
///
/// What it does not simulate: threads inside of a step (a step of a task is never interrupted by another's: data races are what the thread sanitizer is for);
/// the disk and the loss of power (the store's files are real, `.processCrashOnly` unless told otherwise); other processes; real time, which a bolt
/// must not look at. A driver belongs to one thread, which it blocks for commits.
public final class TopologyDriver {
    /// Makes the topology under test; called again after each crash, with the store as it was opened again: tables belong to the store that they were
    /// opened in.
    public typealias Making = (Store) throws -> TopologyBuilder

    /// What a driver is told besides the topology.
    public struct Options: Sendable {
        /// The guarantee under which the topology runs.
        public var guarantee = Guarantee.exactlyOnce()
        /// Threads, progress and idle times have no meaning here. Logs nothing: here a failure is normal work.
        public var topology = TopologyConfiguration()
        /// `.processCrashOnly` by default: a test does not outlive a power cut.
        public var store = StoreConfiguration(durability: .processCrashOnly)
        /// Partitions of each scripted source.
        public var partitions = 1
        /// Whether the spouts are replaced by sources that the scenario fills. Otherwise they are run as they are, and the scenario gives no tuples.
        public var scripted = true
        /// Streams whose tuples ``TopologyDriver/output(of:stream:)`` gives: by component, and stream.
        public var captured: [StreamName] = []

        /// The defaults.
        public init() { topology.logger = Logger(label: "weir.driver") { _ in SwiftLogNoOpLogHandler() } }
    }

    /// A stream of a component.
    public struct StreamName: Hashable, Sendable, ExpressibleByStringLiteral {
        /// The component that emits it.
        public let component: String
        /// Its name there.
        public let stream: String

        /// A stream.
        public init(_ component: String, stream: String = StreamDeclaration.defaultName) {
            self.component = component
            self.stream = stream
        }

        /// The first stream of a component.
        public init(stringLiteral value: String) { self.init(value) }
    }

    /// What a run draws its decisions from.
    public let seed: UInt64
    /// What was decided so far, in order.
    public internal(set) var trace: [DriverDecision] = []
    /// How often the process "ended".
    public internal(set) var crashes = 0
    /// Batches that were handed to the store so far.
    public internal(set) var commits = 0
    /// Whether the topology has come to its end.
    public internal(set) var isFinished = false
    /// Whether its run ended with an error: until the next crash, which begins another one.
    var hasGivenUp = false
    /// The store as it is open now.
    public internal(set) var store: Store

    let path: FilePath
    let options: Options
    let making: Making
    let clock = ManualClock()
    let captures: [StreamName: OutputCapture]
    let points: PointWatch
    var scripts: [String: Script] = [:]
    var random: SeededGenerator
    var stepped: SteppedRun
    var topology: Topology
    /// Decisions so far, and at which of them the process ends.
    var decisionCount = 0
    var crashAt: Int?
    var crashPoint: CrashPoint?
    /// Called whenever batches were handed to the store and it is known what became of them: the place to check what must always hold. What it throws ends
    /// the scenario.
    public var onCommit: ((TopologyDriver) throws -> Void)?

    /// A driver with its store in a folder: one that is there is gone on with.
    public init(in folder: FilePath, seed: UInt64, options: Options = Options(), _ making: @escaping Making) throws {
        self.seed = seed
        self.options = options
        self.making = making
        path = folder.appending("store")
        random = SeededGenerator(seed: seed)
        points = PointWatch()
        captures = Dictionary(options.captured.map { ($0, OutputCapture()) }, uniquingKeysWith: { first, _ in first })
        let store = try Store.open(at: path, configuration: options.store)
        do {
            let base = try making(store).build()
            if options.scripted { for spout in base.spouts { scripts[spout] = Script(partitions: options.partitions) } }
            topology = try Self.instrumented(base, scripts, captures)
            stepped = try Self.step(topology, store, options, clock, seed, points)
            self.store = store
        } catch {
            store.close()
            throw error
        }
    }

    deinit {
        stepped.abandon()
        store.close()
    }

    private static func instrumented(
        _ base: Topology, _ scripts: [String: Script], _ captures: [StreamName: OutputCapture]
    ) throws -> Topology {
        var topology = base
        for (spout, script) in scripts.sorted(by: { $0.key < $1.key }) {
            topology = try topology.replacing(spout) { ScriptedSource(script) }
        }
        let sorted = captures.sorted { ($0.key.component, $0.key.stream) < ($1.key.component, $1.key.stream) }
        for (number, (name, capture)) in sorted.enumerated() {
            topology = try topology.observed(name.component, stream: name.stream, by: "captured-\(number)") { CapturingBolt(capture) }
        }
        return topology
    }

    private static func step(
        _ topology: Topology, _ store: Store, _ options: Options, _ clock: ManualClock, _ seed: UInt64, _ points: PointWatch
    ) throws -> SteppedRun {
        var configuration = options.topology
        configuration.surroundings.now = { clock.nanoseconds }
        configuration.surroundings.wallClock = clock.wallClock
        configuration.surroundings.seed = seed
        // Looked at whenever time passes, which it does by commit intervals.
        configuration.idleWait = options.guarantee.commitInterval
        let planned = options.topology.faults
        configuration.faults = { point in points.fails(at: point) || planned?(point) == true }
        return try SteppedRun(topology, on: store, guarantee: options.guarantee, configuration: configuration)
    }

    /// The process ends and another one begins.
    func crash() throws {
        crashes += 1
        trace.append(.crash)
        stepped.abandon()
        store.close()
        store = try Store.open(at: path, configuration: options.store)
        hasGivenUp = false
        points.crashed()
        topology = try Self.instrumented(try making(store).build(), scripts, captures)
        stepped = try Self.step(topology, store, options, clock, seed &+ UInt64(crashes), points)
    }
}

extension ManualClock {
    /// Since its start; the clock of a run.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = now.offset.components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
