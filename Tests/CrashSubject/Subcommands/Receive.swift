import ArgumentParser
import SystemPackage
import Weir
import WeirStore

/// Appends producers' messages to a log, each once: the server's side of an idempotent producer.
///
/// Lines: `register NAME`, answered `registered PRODUCER EPOCH`; `send NAME PRODUCER EPOCH FIRST COUNT`, answered `new OFFSET` or `again OFFSET`, where
/// the first of its messages lies in the log.
struct Receive: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets producers' batches through a sequence gate into a log.")

    @Option(help: "The store's folder.") var store: String
    @Flag(help: "Producers number themselves and count their own epochs.") var selfNumbered = false

    func run() throws {
        let store = try Store.open(at: FilePath(store))
        defer { store.close() }
        let gate = try SequenceGate(
            store: store, name: "log", configuration: .init(numbering: selfNumbered ? .selfNumbered : .registered))
        // Where the log ends is a row of it, under the last key.
        let log = try store.table("log", key: UInt64.self, value: String.self)
        try Script().run(on: store) { line, transaction in
            let now = WallClock.system.now()
            if line[0] == "register" {
                let identity = try gate.register(line[1], at: now, in: &transaction)
                return "registered \(identity.producer) \(identity.epoch)"
            }
            guard line.count == 6, let producer = UInt64(line[2]), let epoch = UInt32(line[3]), let first = UInt64(line[4]),
                let count = UInt32(line[5])
            else { throw ValidationError("This is no line: \(line)") }
            let batch = ProducerBatch(producer: producer, epoch: epoch, first: SequenceNumber(wrapping: first), count: count)
            let outcome = try gate.admit(batch, at: now, in: &transaction) { transaction in
                let end = UInt64(try transaction.get(.max, in: log) ?? "0") ?? 0
                for index in 0..<UInt64(count) {
                    try transaction.put("\(producer) \(epoch) \(first + index)", for: end + index, in: log)
                }
                try transaction.put("\(end + UInt64(count))", for: .max, in: log)
                return .offset(end)
            }
            return "\(outcome.isDuplicate ? "again" : "new") \(outcome.answer.offset ?? .max)"
        }
    }
}
