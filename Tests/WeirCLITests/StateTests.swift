import SystemPackage
import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("weir: state and producers")
struct StateTests {
    /// Counters of a topology, of which the newest are in the journal only.
    private func fillState(_ store: Store) throws {
        let journal = try StateJournal.open(store: store, topology: "words", configuration: StateConfiguration())
        let state = try journal.state("counts", task: 0)
        for round in 0..<3 {
            for (index, word) in ["river", "salmon", "weir"].enumerated() {
                _ = try word.withStorageBytes { try state.add(Int64(index + round), to: $0) }
            }
            _ = try "text \(round)".withStorageBytes { key in try "some text".withStorageBytes { try state.put($0, for: key) } }
            var fragment = JournalFragment()
            state.capture(into: &fragment)
            let fragments = [fragment]
            let id = try store.write { transaction in
                try journal.commit(fragments, in: &transaction)
                return transaction.transactionID
            }
            journal.committed(id)
        }
    }

    @Test("a topology's state is read with its newest changes and its transaction ID, beside the process that writes")
    func state() throws {
        try withTemporaryFolder { (folder: FilePath) throws in
            let path = folder.appending("store")
            let writer = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            defer { writer.close() }
            try fillState(writer)
            let listed = try BuiltCommand.run("state list", path, "--format", "json").objects()
            #expect(listed.map { $0["topology"] as? String } == ["words"])
            #expect(listed.map { $0["state"] as? String } == ["counts"])
            let found = try BuiltCommand.run("state get words counts weir", path)
            #expect(found.status == 0 && found.output == "9\n", "\(found.errors)")
            #expect(found.errors == "as of transaction \(writer.transactionID)\n")
            let scan = try BuiltCommand.run("state scan words counts", path, "--format", "json")
            #expect(scan.errors == "")
            let rows = try scan.objects()
            #expect(rows.map { $0["key"] as? String } == ["river", "salmon", "text 0", "text 1", "text 2", "weir"])
            #expect(rows.map { $0["value"] as? Int } == [3, 6, nil, nil, nil, 9])
            #expect(rows[2]["value"] as? String == "some text")
            #expect(rows.allSatisfy { $0["transactionID"] as? Int == Int(writer.transactionID.rawValue) })
            #expect(try BuiltCommand.run("state scan words counts --prefix text --limit 2", path).lines.count == 2)
            #expect(
                try BuiltCommand.run("state scan words counts --limit 1 --value-type bytes", path).output == "river\t0x0300000000000000\n")
            #expect(try BuiltCommand.run("state get words counts absent", path).status == 1)
            #expect(try BuiltCommand.run("state get words absent weir", path).status == 66)
            #expect(try BuiltCommand.run("state scan absent counts", path).status == 66)
            #expect(try BuiltCommand.run("state scan words counts --value-type river", path).status == 64)
            let look = try #require(try BuiltCommand.run("top --count 1", path, "--format", "json").objects().first)
            #expect(look["journalBytes"] as? Int ?? 0 >= 4096)
        }
    }

    @Test("producers are listed with what their next message must be")
    func producers() throws {
        try withFixture { (path: FilePath) throws in
            let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
            let gate = try SequenceGate(store: store, name: "sensors", configuration: SequenceGateConfiguration(numbering: .selfNumbered))
            try store.write { transaction in
                _ = try gate.admit(
                    ProducerBatch(producer: 7, epoch: 1, partition: 2, first: 0, count: 5), at: Timestamp(milliseconds: 1000),
                    in: &transaction
                ) { _ in .none }
            }
            store.close()
            let rows = try BuiltCommand.run("producers", path, "--format", "json").objects()
            #expect(rows.count == 1)
            let row = try #require(rows.first)
            #expect(row["gate"] as? String == "sensors" && row["registered"] as? Bool == false)
            #expect(row["producer"] as? Int == 7 && row["epoch"] as? Int == 1 && row["partition"] as? Int == 2)
            #expect(row["next"] as? Int == 5 && row["accepted"] as? Int == 5)
            #expect(try BuiltCommand.run("producers --gate other", path).output == "")
            #expect(try BuiltCommand.run("producers", path).lines.count == 1)
        }
    }
}
