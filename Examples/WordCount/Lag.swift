import SystemPackage
import WeirConnectors
import WeirStore
import WeirTopology

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How much of the files is committed, and how much there is.
struct Lag: Sendable {
    private let store: Store
    private let source: String
    private let paths: [FilePath]?
    private let partitions: [UInt32]

    init(store: Store, source: String, paths: [FilePath]?) throws {
        self.store = store
        self.source = source
        self.paths = paths
        partitions = try paths.map { try FileSpout($0).partitions() } ?? []
    }

    @available(*, noasync)
    var committedBytes: UInt64 {
        let next = try? store.read { snapshot in
            try partitions.map { try snapshot.offset(of: source, partition: $0)?.next ?? 0 }
        }
        return next?.reduce(0, +) ?? 0
    }

    var totalBytes: UInt64? {
        paths?.reduce(0) { sum, path in
            var facts = stat()
            return sum + (path.withPlatformString { stat($0, &facts) } == 0 ? UInt64(facts.st_size) : 0)
        }
    }
}

extension Progress.Facts {
    @available(*, noasync)
    init(_ progress: TopologyProgress, _ lag: Lag) {
        self.init(
            seconds: progress.elapsed / .seconds(1), sentences: UInt64(clamping: progress.emitted),
            commits: UInt64(clamping: progress.commits),
            committedBytes: lag.committedBytes, totalBytes: lag.totalBytes)
    }
}

/// What this process made the system write.
enum ProcessIO {
    /// Bytes to disk so far, by blocks of 512: what the store's commits cost it.
    static var bytesWritten: UInt64 {
        var usage = rusage()
        // RUSAGE_SELF, which has another type on each system.
        getrusage(0, &usage)
        return UInt64(usage.ru_oublock) * 512
    }
}
