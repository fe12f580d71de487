import ArgumentParser
import SystemPackage
import Weir
import WeirStore
import WeirTesting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How long a start takes after a kill, with much state in the B-tree and a journal's tail that is as long as it gets.
///
/// `recovery --prepare` fills a new store and kills itself; `recovery` opens it, writes a key in each of eight tasks, commits that, prints what each step
/// took, and compares the state with what was committed before.
struct Recovery: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures a start after a kill.")

    @Argument(help: "The store's folder.") var store: String
    @Flag(help: "Fill a new store, and be killed.") var prepare = false
    @Flag(help: "Compare no keys, and leave the tail as it is for another start.") var startOnly = false
    @Option(help: "Bytes of values.") var bytes = 1_000_000_000
    @Option(help: "Bytes of one value, 16 at least.") var valueBytes = 100
    @Option(help: "Repeats a run; the same for both commands.") var seed: UInt64 = 1

    private static let batch = 4_000
    private var keys: Int { max(Self.batch, bytes / max(16, valueBytes)) }

    func run() throws { if prepare { try fill() } else { try measure() } }

    private func fill() throws {
        let store = try Store.open(at: FilePath(store), configuration: .init(durability: .processCrashOnly))
        let load = try StateLoad(store, tasks: 8, depth: 0)
        for number in 0..<keys {
            try put(1, number, load)
            if number % Self.batch == Self.batch - 1 { try load.endBatch() }
        }
        var versions: [Int: Int] = [:]
        var random = SeededGenerator(seed: seed)
        var batches = 0
        var peak = 0
        // Some windows of folding; then until the tail is about as long as it was at its longest.
        while batches < 128 || load.journal.tailBytes < peak / 100 * 95 {
            try update(&versions, &random, load)
            batches += 1
            try put(batches, -1, load)
            try load.endBatch()
            peak = max(peak, load.journal.tailBytes)
        }
        say("prepared \(keys) keys, \(batches) batches, tail \(load.journal.tailBytes) bytes")
        kill(getpid(), SIGKILL)
    }

    private func update(_ versions: inout [Int: Int], _ random: inout SeededGenerator, _ load: StateLoad?) throws {
        for _ in 0..<Self.batch {
            let number = Int(random.next() % UInt64(keys))
            let version = versions[number, default: 1] + 1
            versions[number] = version
            if let load { try put(version, number, load) }
        }
    }

    private func put(_ version: Int, _ number: Int, _ load: StateLoad) throws {
        try withUnsafeTemporaryAllocation(byteCount: max(16, valueBytes), alignment: 8) { value in
            value.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: number &+ version))
            value.storeBytes(of: UInt64(bitPattern: Int64(number)), as: UInt64.self)
            value.storeBytes(of: UInt64(version), toByteOffset: 8, as: UInt64.self)
            try number.asKey { try load.state(of: abs(number)).put(UnsafeRawBufferPointer(value), for: $0) }
        }
    }

    private func version(_ number: Int, _ load: StateLoad) throws -> Int {
        try number.asKey { key in
            try load.state(of: abs(number)).withValue(of: key) { value in
                guard let value, value.count == max(16, valueBytes) else { throw Wrong("key \(number) has no value, or not all of it") }
                guard value.loadUnaligned(as: Int64.self) == Int64(number) else { throw Wrong("key \(number) has another's value") }
                return Int(value.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
        }
    }

    private func measure() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let store = try Store.open(at: FilePath(store))
        defer { store.close() }
        let opened = clock.now
        let load = try StateLoad(store, tasks: 8, depth: 0)
        let recovered = clock.now
        let tail = load.journal.tailBytes
        for number in 0..<8 { try put(try version(number, load), number, load) }
        try load.endBatch()
        let committed = clock.now
        say(
            """
            recovery of \(keys) keys of \(valueBytes) bytes, tail \(tail) bytes: open \(milliseconds(start, opened)) ms, journal \
            \(milliseconds(opened, recovered)) ms, first commit \(milliseconds(recovered, committed)) ms, in all \
            \(milliseconds(start, committed)) ms
            """)
        if !startOnly { try compare(load) }
    }

    private func milliseconds(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Double {
        (((to - from) / .microseconds(1)) / 100).rounded() / 10
    }

    private func compare(_ load: StateLoad) throws {
        var versions: [Int: Int] = [:]
        var random = SeededGenerator(seed: seed)
        let batches = try version(-1, load)
        for _ in 0..<batches { try update(&versions, &random, nil) }
        for number in 0..<keys {
            let found = try version(number, load)
            guard found == versions[number, default: 1] else {
                throw Wrong("seed \(seed): key \(number) is at version \(found), not at \(versions[number, default: 1])")
            }
            // The memory's limit is kept at a batch's end.
            if number % Self.batch == 0 { try load.endBatch() }
        }
        say("\(keys) keys as they were committed")
    }
}
