import ArgumentParser
import SystemPackage
import Weir
import WeirStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Opens a store that was damaged as a user would who knows nothing of it: reads everything, each way there is, then writes.
///
/// The store is one that `DamagedStore.make` made, so it is known what it must hold. Each phase prints one line when it is over, at once: a signal is
/// one of the phase whose line is missing. It ends with status 0 whatever it finds.
struct Damaged: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Reads and writes a damaged store, and says what was right of it.")

    @Argument(help: "The store's folder.") var store: String
    @Flag(help: "Have the store verified when it is opened.") var verified = false

    func run() throws {
        phase("verify") { findings in
            let report = try Store.verify(at: FilePath(store))
            findings.note(report.isSound ? "sound" : "damaged")
        }
        phase("read") { findings in
            let store = try open(.readOnly)
            defer { store.close() }
            try DamagedStore.read(store, &findings)
        }
        phase("write") { findings in
            let store = try open(.readWrite)
            defer { store.close() }
            try DamagedStore.write(store, &findings)
        }
    }

    private func open(_ access: StoreConfiguration.Access) throws -> Store {
        try Store.open(
            at: FilePath(store),
            configuration: StoreConfiguration(durability: .processCrashOnly, access: access, verifiesOnOpen: verified))
    }

    private func phase(_ name: String, _ body: (inout DamagedStore.Findings) throws -> Void) {
        var findings = DamagedStore.Findings()
        do { try body(&findings) } catch { findings.failed(error) }
        print("\(name) \(findings)")
        fflush(nil)
    }
}

/// A small store with something of everything, made in several commits: what it holds follows from its making.
enum DamagedStore {
    static let stages = 8
    static let topology = "words"

    /// What reading came to: for each access whether it gave what is there, an error of Weir's, or something else without an error.
    struct Findings: CustomStringConvertible {
        var right = 0
        var errors: [String: Int] = [:]
        /// Errors that are not of Weir's types.
        var foreign: [String] = []
        var wrong: [String] = []
        private var notes: [String] = []

        mutating func note(_ word: String) { notes.append(word) }

        mutating func failed(_ error: any Error) {
            switch error {
            case let error as StoreError: errors["\(error.code)", default: 0] += 1
            case let error as StateError: errors["state-\(error.code)", default: 0] += 1
            default: foreign.append("\(type(of: error))")
            }
        }

        mutating func check<T: Equatable>(_ what: @autoclosure () -> String, _ expected: T, _ body: () throws -> T) {
            do {
                if try body() == expected { right += 1 } else { wrong.append(what()) }
            } catch { failed(error) }
        }

        var description: String {
            let list = errors.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
            return
                (notes + ["right=\(right)", "wrong=\(wrong.count)", "foreign=\(foreign.count)"] + list + wrong.prefix(3) + foreign.prefix(3))
                .joined(separator: " ")
        }
    }

    /// A counter's key in the table, and what stage it was last written in.
    private static func word(_ index: UInt64) -> String { "word-\(index * 7919 % 1000)-\(index)" }
    private static func lastStage(_ index: UInt64) -> UInt64 { (index * 31 % 11) % UInt64(stages) }
    private static let words: UInt64 = 600
    private static func value(_ index: UInt64, _ stage: UInt64) -> UInt64 { index << 8 | stage }
    private static let blobs: UInt64 = 40
    private static func blob(_ index: UInt64, _ stage: UInt64) -> [UInt8] {
        let size = [100, 1500, 5000, 9000][Int(index % 4)]
        return (0..<size).map { UInt8(truncatingIfNeeded: UInt64($0) &* 17 &+ index &* 101 &+ stage) }
    }
    private static func counted(_ index: UInt64) -> Int64 { Int64(lastStage(index) + 1) * Int64(index % 100 + 1) }

    /// Makes the store; `afterStage` is told when a commit is in the file.
    static func make(at path: FilePath, afterStage: () throws -> Void) throws {
        let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly, maximumSize: 64 << 20))
        defer { store.close() }
        let words = try store.table("words", key: String.self, value: UInt64.self)
        let blobs = try store.table("blobs", key: UInt64.self, value: [UInt8].self)
        let journal = try StateJournal.open(store: store, topology: topology, configuration: StateConfiguration())
        let state = try journal.state("counts", task: 0)
        for stage in 0..<UInt64(stages) {
            for index in 0..<Self.words where stage <= lastStage(index) {
                try word(index).withStorageBytes { _ = try state.add(Int64(index % 100 + 1), to: $0) }
            }
            var fragment = JournalFragment()
            state.capture(into: &fragment)
            let fragments = [fragment]
            let id = try store.write { transaction in
                for index in 0..<Self.words where stage <= lastStage(index) {
                    try transaction.put(value(index, stage), for: word(index), in: words)
                }
                for index in 0..<Self.blobs where stage <= lastStage(index) {
                    try transaction.put(blob(index, stage), for: index, in: blobs)
                }
                for partition in 0..<4 as Range<UInt32> {
                    try transaction.advance("lines", partition: partition, to: stage * 100 + UInt64(partition), fingerprint: [1, 2, 250])
                }
                try journal.commit(fragments, in: &transaction)
                return transaction.transactionID
            }
            journal.committed(id)
            try afterStage()
        }
    }

    static func read(_ store: Store, _ findings: inout Findings) throws {
        try readWords(store, &findings)
        try readBlobs(store, &findings)
        let last = UInt64(stages - 1)
        let offsets = (0..<4 as Range<UInt32>).map { last * 100 + UInt64($0) }
        findings.check("offsets", offsets) {
            var found: [UInt64] = []
            try store.read { snapshot in
                try snapshot.offsets { _, _, offset in
                    found.append(offset.next)
                    return .next
                }
            }
            return found
        }
        for (partition, next) in offsets.enumerated() {
            findings.check("offset-\(partition)", next) {
                try store.read { try $0.offset(of: "lines", partition: UInt32(partition))?.next ?? .max }
            }
        }
        try readState(store, &findings)
    }

    private static func readWords(_ store: Store, _ findings: inout Findings) throws {
        guard let table = try store.existingTable("words", key: String.self, value: UInt64.self) else {
            return findings.wrong.append("words")
        }
        let expected = (0..<words).map { (word($0), value($0, lastStage($0))) }.sorted {
            Array($0.0.utf8).lexicographicallyPrecedes($1.0.utf8)
        }
        for (key, value) in expected {
            findings.check("word", value) { try store.read { try $0.get(key, in: table) ?? 0 } }
        }
        for index in 0..<20 as Range<UInt64> {
            findings.check("absent", nil) { try store.read { try $0.get(word(index) + "?", in: table) } }
        }
        for reverse in [false, true] {
            let ordered = reverse ? expected.reversed() : expected
            findings.check("scan", ordered.map(\.1)) {
                var found: [UInt64] = []
                try store.read { snapshot in
                    try snapshot.scan(table, reverse: reverse) { _, value in
                        found.append(value)
                        return found.count > 2 * ordered.count ? .stop : .next
                    }
                }
                return found
            }
        }
        findings.check("count", Int(words)) { try store.read { try $0.count(table) } }
    }

    private static func readBlobs(_ store: Store, _ findings: inout Findings) throws {
        guard let table = try store.existingTable("blobs", key: UInt64.self, value: [UInt8].self) else {
            return findings.wrong.append("blobs")
        }
        for index in 0..<blobs {
            findings.check("blob", blob(index, lastStage(index))) { try store.read { try $0.get(index, in: table) ?? [] } }
        }
        findings.check("blob-scan", (0..<blobs).map { blob($0, lastStage($0)) }) {
            var found: [[UInt8]] = []
            try store.read { snapshot in
                try snapshot.scan(table) { _, value in
                    found.append(value)
                    return .next
                }
            }
            return found
        }
    }

    private static func readState(_ store: Store, _ findings: inout Findings) throws {
        let view = try StateView("counts", of: topology, in: store)
        let expected = (0..<words).map { (word($0), counted($0)) }.sorted { Array($0.0.utf8).lexicographicallyPrecedes($1.0.utf8) }
        for (key, count) in expected {
            findings.check("state", count) { try store.read { try view.count(of: key, in: $0) } }
        }
        findings.check("state-scan", expected.map(\.1)) {
            var found: [Int64] = []
            try store.read { snapshot in
                try view.scan(in: snapshot) { _, value in
                    found.append(value.count == 8 ? Int64(littleEndian: value.loadUnaligned(as: Int64.self)) : -1)
                    return .next
                }
            }
            return found
        }
    }

    /// New keys, and old ones once more: whatever of it succeeds must be there afterwards.
    static func write(_ store: Store, _ findings: inout Findings) throws {
        let table = try store.table("words", key: String.self, value: UInt64.self)
        let keys = (0..<30 as Range<UInt64>).map { "new-\($0)" } + (0..<30 as Range<UInt64>).map { word($0 * 17) }
        for key in keys {
            findings.check("written", UInt64(4711)) {
                try store.write { transaction in try transaction.put(4711, for: key, in: table) }
                return try store.read { snapshot in try snapshot.get(key, in: table) } ?? 0
            }
        }
    }
}
