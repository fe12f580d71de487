import Testing
import WeirStore
import WeirTesting

@testable import Weir

@Suite("Keyed state and its journal")
struct StateJournalTests {
    @Test("a journal that was opened again refuses commits of the one before")
    func fencing() throws {
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 1, StateConfiguration())
            try rig.put([1], for: [1])
            rig.capture()
            try rig.commit()
            let zombie = rig.journal
            var fragment = JournalFragment()
            rig.tasks[0].capture(into: &fragment)
            let late = fragment
            try rig.crash(tasks: 1)
            #expect(throws: StateError(.superseded, "")) { try store.write { try zombie.commit([late], in: &$0) } }
            try rig.put([2], for: [1])
            rig.capture()
            try rig.commit()
            #expect(try rig.viewed() == [[1]: [2]])
        }
    }

    @Test("after a commit that was rolled back nothing more is committed")
    func rolledBack() throws {
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 2, StateConfiguration())
            for number in 0..<3 as Range<UInt8> {
                try rig.put([number], for: [number])
                rig.capture()
            }
            try rig.commit()
            #expect(throws: StateRig.Injected.self) { try rig.commit(undone: true) }
            #expect(throws: StateError(.superseded, "")) { try rig.commit() }
            try rig.crash(tasks: 1)
            #expect(try rig.scanned() == [[0]: [0]])
        }
    }

    @Test("several batches in one transaction, and several topologies, do not get in each other's way")
    func sharedTransaction() throws {
        try withTemporaryStore { store in
            let first = try StateJournal.open(store: store, topology: "a")
            let second = try StateJournal.open(store: store, topology: "b")
            let one = try first.state("s", task: 0)
            let two = try second.state("s", task: 0)
            for round in 1...20 as ClosedRange<Int64> {
                var batches: [(StateJournal, JournalFragment)] = []
                for (journal, state) in [(first, one), (second, two), (first, one)] {
                    try state.add(round, to: "sum of \(journal.topology)")
                    var fragment = JournalFragment()
                    state.capture(into: &fragment)
                    batches.append((journal, fragment))
                }
                let together = batches
                let id = try store.write { transaction in
                    for (journal, fragment) in together { try journal.commit([fragment], in: &transaction) }
                    return transaction.transactionID
                }
                first.committed(id)
                second.committed(id)
            }
            #expect(try StateView.states(in: store).map(\.description) == ["a/s", "b/s"])
            for (topology, sum) in [("a", 420), ("b", 210)] as [(String, Int64)] {
                let view = try StateView("s", of: topology, in: store)
                #expect(try store.read { try view.count(of: "sum of \(topology)", in: $0) } == sum)
                #expect(try StateJournal.open(store: store, topology: topology).state("s", task: 3).count(of: "sum of \(topology)") == sum)
            }
        }
    }

    @Test("openings without a commit between them do not lengthen the journal")
    func crashLoop() throws {
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 1, StateConfiguration())
            try rig.put([1], for: [1])
            rig.capture()
            try rig.commit()
            try rig.crash(tasks: 1)
            let rows = rig.journal.statistics.rows
            for _ in 0..<5 { try rig.crash(tasks: 2) }
            #expect(rig.journal.statistics.rows == rows)
            #expect(try rig.scanned() == [[1]: [1]])
        }
    }

    @Test("a limit that was lowered below what is in the journal is kept as soon as that is folded, and nothing is lost")
    func loweredLimit() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumTransactionOperations: 1_000)) { store in
            let before = try StateRig(store, tasks: 2, StateConfiguration())
            for batch in 0..<40 {
                for number in 0..<200 { try before.put([UInt8(batch)], for: Array("key \(batch) \(number)".utf8)) }
                before.capture()
                try before.commit()
            }
            let tail = before.journal.tailBytes
            // Far more than one transaction may fold.
            let rig = try StateRig(store, tasks: 2, StateConfiguration(journalLimit: 16 << 10, maximumFoldsPerCommit: 100))
            rig.adopt(before)
            #expect(rig.journal.tailBytes >= tail && tail > 64 << 10)
            for batch in 0..<400 {
                for number in 0..<20 { try rig.put([UInt8(truncatingIfNeeded: batch)], for: Array("new \(number)".utf8)) }
                rig.capture()
                try rig.commit()
            }
            #expect(rig.journal.statistics.overlayKeys == 0 && rig.journal.statistics.checkpoints == 0)
            #expect(rig.journal.statistics.peakTailBytes <= tail / 3 * 4 + 1_024)
            #expect(rig.journal.tailBytes <= 16 << 10)
            try rig.crash(tasks: 3)
            #expect(rig.journal.tailBytes <= 16 << 10)
            #expect(try rig.scanned() == rig.committed)
        }
    }

    @Test("what the last run left in the journal is folded, and its rows go")
    func overlay() throws {
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 2, StateConfiguration())
            for number in 0..<1_000 { try rig.put([1], for: Array("key \(number)".utf8)) }
            rig.capture()
            try rig.commit()
            try rig.crash(tasks: 3)
            #expect(rig.journal.statistics.overlayKeys == 1_000)
            // None of these keys is ever asked for: the journal has to fold them by itself.
            for _ in 0..<20 {
                try rig.put([2], for: [0])
                rig.capture()
                try rig.commit()
            }
            #expect(rig.journal.statistics.overlayKeys == 0)
            #expect(rig.journal.statistics.rows < 22)
            #expect(try rig.get(Array("key 77".utf8)) == [1])
            try rig.crash(tasks: 1)
            #expect(try rig.scanned() == rig.committed)
        }
    }

    @Test("a state that is listed can be read, also when its making ended half-way")
    func halfMade() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumTables: 8)) { store in
            let journal = try StateJournal.open(store: store, topology: "half")
            #expect(throws: StoreError.self) {
                for filler in 0..<32 { _ = try store.table("filler \(filler)", key: UInt64.self, value: UInt64.self) }
            }
            #expect(throws: (any Error).self) { try journal.state("s", task: 0) }
            for state in try StateView.states(in: store) { _ = try StateView(state.name, of: state.topology, in: store) }
        }
    }

    @Test("misuse and impossible requests are typed errors that leave the state as it was")
    func errors() throws {
        try withTemporaryStore { store in
            let journal = try StateJournal.open(store: store, topology: "errors")
            let state = try journal.state("s", task: 0)
            #expect(throws: StateError(.alreadyOpen, "")) { try journal.state("s", task: 0) }
            #expect(throws: StateError(.invalidName, "")) { try journal.state("", task: 0) }
            #expect(throws: StateError(.invalidName, "")) { try StateJournal.open(store: store, topology: "a.b") }
            #expect(throws: StateError(.notFound, "")) { try StateView("other", of: "errors", in: store) }
            #expect(throws: StateError(.keySize, "")) { try state.add(1, to: "") }
            #expect(throws: StateError(.keySize, "")) { try state.set(Counter(1), for: String(repeating: "k", count: 512)) }
            try state.set("three", for: "text")
            #expect(throws: StateError(.notACounter, "")) { try state.add(1, to: "text") }
            try state.add(.max, to: "full")
            #expect(throws: StateError(.overflow, "")) { try state.add(1, to: "full") }
            #expect(try state.count(of: "full") == .max)
            #expect(try state.value(for: "text", as: String.self) == "three")
            try state.remove("text")
            #expect(try state.value(for: "text", as: String.self) == nil)
            #expect(try state.add(5, to: "text") == 5)
        }
    }

    @Test("a value longer than the store's limit is refused with both numbers, and the state stays as it was")
    func longValue() throws {
        try withTemporaryStore(configuration: .init(durability: .processCrashOnly, maximumValueBytes: 200)) { store in
            let state = try StateJournal.open(store: store, topology: "long").state("s", task: 0)
            let longest = String(repeating: "v", count: 200)
            try state.set(longest, for: "key")
            let refusal = #expect(throws: StateError(.valueSize, "")) { try state.set(longest + "v", for: "key") }
            #expect(refusal?.message.hasPrefix("A value of 201 bytes was given to state long/s; the limit is 200.") == true)
            #expect(try state.value(for: "key", as: String.self) == longest)
            try state.set("12", for: "key")
            #expect(throws: StateError(.notACounter, "")) { try state.count(of: "key") }
        }
    }

    @Test("commits that nobody reports as durable come to an end with an error, not with the memory")
    func unreported() throws {
        try withTemporaryStore { store in
            let journal = try StateJournal.open(store: store, topology: "silent")
            let state = try journal.state("s", task: 0)
            var commits = 0
            let refusal = #expect(throws: StateError(.superseded, "")) {
                for _ in 0...10_000 {
                    try state.add(1, to: "key")
                    var fragment = JournalFragment()
                    state.capture(into: &fragment)
                    try store.write { try journal.commit([fragment], in: &$0) }
                    commits += 1
                }
            }
            #expect(commits == 10_000)
            #expect(refusal?.message.contains("none was reported by committed(_:)") == true)
            let view = try StateView("s", of: "silent", in: store)
            #expect(try store.read { try view.count(of: "key", in: $0) } == 10_000, "what was committed is there")
        }
    }

    @Test("a row that has gone from the journal is found when its turn to be deleted comes")
    func missingRow() throws {
        try withTemporaryStore { store in
            let rig = try StateRig(store, tasks: 1, StateConfiguration(journalLimit: 2 << 10))
            for number in 0..<3 as Range<UInt8> {
                try rig.put([number], for: [1])
                rig.capture()
                try rig.commit()
            }
            let table = try StateTables.journal(store)
            try store.write { transaction in
                var first: Pair<String, Pair<UInt64, UInt32>>?
                try transaction.scan(table) { key, _ in
                    first = key
                    return .stop
                }
                try transaction.delete(try #require(first), in: table)
            }
            let error = #expect(throws: StateError.self) {
                for round in 0..<200 as Range<UInt8> {
                    try rig.put([round], for: [2])
                    rig.capture()
                    try rig.commit()
                }
            }
            #expect(
                error?.code == .corrupt && error?.message.contains("is missing in the state journal") == true, "\(error?.message ?? "")")
        }
    }

    @Test("a fragment that was given away stays as it is when its owner goes on")
    func fragments() throws {
        try withTemporaryStore { store in
            let journal = try StateJournal.open(store: store, topology: "copies")
            let state = try journal.state("s", task: 0)
            try state.add(1, to: "key")
            var fragment = JournalFragment()
            state.capture(into: &fragment)
            let given = fragment
            fragment.removeAll()
            try state.add(10, to: "key")
            state.capture(into: &fragment)
            try store.write { try journal.commit([given], in: &$0) }
            let view = try StateView("s", of: "copies", in: store)
            #expect(try store.read { try view.count(of: "key", in: $0) } == 1)
            try store.write { try journal.commit([fragment], in: &$0) }
            #expect(try store.read { try view.count(of: "key", in: $0) } == 11)
        }
    }

    @Test("rows that are garbage are a typed error for whoever reads them")
    func garbageRows() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            try withTemporaryStore { store in
                let rig = try StateRig(store, tasks: 1, StateConfiguration())
                for number in 0..<50 { try rig.put([1, 2], for: Array("key \(number)".utf8)) }
                rig.capture()
                try rig.commit()
                let view = try StateView("counts", of: "rig", in: store)
                let table = try StateTables.journal(store)
                var random = SeededGenerator(seed: seed)
                // Past the header, so that only the entries are wrong; or anywhere.
                try store.write { transaction in
                    var last: (Pair<String, Pair<UInt64, UInt32>>, [UInt8])?
                    try transaction.scan(table) { key, value in
                        last = (key, value)
                        return .next
                    }
                    guard let (key, row) = last else { return }
                    var value = row
                    let begin = seed % 2 == 0 ? 0 : JournalRowHeader.bytes
                    for _ in 0..<8 { value[begin + random.below(value.count - begin)] = UInt8(truncatingIfNeeded: random.next()) }
                    if seed % 5 == 0 { value.removeLast(1 + random.below(value.count - 1)) }
                    try transaction.put(value, for: key, in: table)
                }
                // Changed bytes may still be entries; what must not happen is a trap, or an error of no type.
                do { try store.read { try view.scan(in: $0) { _, _ in .next } } } catch { #expect(error is StateError, "seed \(seed)") }
                do { try rig.crash(tasks: 1) } catch { #expect(error is StateError, "seed \(seed)") }
            }
        }
    }

    @Test("a state that is changed while a value of its is lent out traps")
    func lending() async {
        await #expect(processExitsWith: .failure) {
            try removeWhileLent()
        }
    }
}

private func removeWhileLent() throws {
    try withTemporaryStore { store in
        let state = try StateJournal.open(store: store, topology: "t").state("s", task: 0)
        try state.set("a value that is longer than eight bytes", for: "key")
        try [UInt8]("key".utf8).withUnsafeBytes { key in
            try state.withValue(of: key) { _ in try state.remove(key) }
        }
    }
}
