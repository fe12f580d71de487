import Synchronization
import SystemPackage
public import Weir
public import WeirStore

/// Proves that a function has each message's effects once, and gives each message one answer, however often it is delivered and whatever fails.
///
///     try verifyExactlyOnce([FunctionMessage(250, id: "a"), FunctionMessage(50, id: "b")]) { store in
///         let totals = try store.table("totals", key: String.self, value: UInt64.self)
///         return ExactlyOnce(store: store, name: "billing") { (amount: UInt64, transaction: inout WriteTransaction) throws -> UInt64 in ... }
///     }
///
/// The oracle is each message delivered once. Then, for each message and each place, again: every message comes two or three times, its duplicates
/// among the others, up to four deliveries waiting for the store at once; and at this message the process ends before it is written, or after it is durable and
/// before the answer is given, or its transaction is undone. What was not answered is delivered again. In the end user tables and answers must be the oracle's.
///
/// The first deliveries of the messages keep their order, so the function may depend on it. A failure is an ``ExactlyOnceViolation``, with the call that
/// repeats just this run.
/// - Parameters:
///   - messages: the messages, each with another identity.
///   - seed: what the deliveries are drawn from; by default another one each time.
///   - point: only this one.
///   - making: makes the function for a store; called for each run, and again after each crash.
@discardableResult
public func verifyExactlyOnce<Input: Sendable, Output: StorageValue & Sendable>(
    _ messages: [FunctionMessage<Input>], seed: UInt64 = .random(in: 0 ... .max), only point: CrashPoint? = nil,
    configuration: StoreConfiguration = .init(durability: .processCrashOnly),
    _ making: @escaping (Store) throws -> ExactlyOnce<TransactionalFunction<Input, Output>>
) throws -> ExactlyOnceReport {
    guard !messages.isEmpty else { throw DriverError("Nothing can be proved without messages.") }
    var targets: [(number: Int, place: CrashPoint.Place, point: CrashPoint)] = []
    for number in 1...messages.count {
        for place in [CrashPoint.Place.before, .undone, .after] {
            let target = CrashPoint(.commit(number, place, twice: false))
            if point == nil || point == target { targets.append((number, place, target)) }
        }
    }
    if let point, targets.isEmpty {
        throw DriverError(
            "\"\(point)\" is no point of these messages: use \"commit 1, before\", undone or after, by the number of the message.")
    }
    let proof = FunctionProof(messages: messages, seed: seed, configuration: configuration, making: making)
    let oracle = try proof.undisturbed()
    for (number, place, point) in targets {
        let differences: [String]
        do {
            differences = try proof.disturbed(at: number, place).differences(from: oracle)
        } catch {
            differences = ["it ended with an error: \(error)"]
        }
        guard differences.isEmpty else {
            throw ExactlyOnceViolation(
                seed: seed, point: "\(point)", differences: differences,
                call: "verifyExactlyOnce(..., seed: \(seed), only: CrashPoint(\"\(point)\"))")
        }
    }
    return ExactlyOnceReport(seed: seed, commits: messages.count, decisions: 0, points: targets.map(\.point.description))
}

private struct FunctionProof<Input: Sendable, Output: StorageValue & Sendable> {
    let messages: [FunctionMessage<Input>]
    let seed: UInt64
    let configuration: StoreConfiguration
    let making: (Store) throws -> ExactlyOnce<TransactionalFunction<Input, Output>>

    struct Result {
        let contents: StoreContents
        /// By message.
        var answers: [[[UInt8]]]

        func differences(from oracle: Result) -> [String] {
            var differences = contents.differences(from: oracle.contents)
            for (number, given) in answers.enumerated() where given.contains(where: { $0 != oracle.answers[number][0] }) {
                differences.append("message \(number + 1) was answered \(given), and \(oracle.answers[number][0]) is right")
            }
            return differences
        }
    }

    /// A failure that is injected into a message's transaction.
    private struct Undone: Error {}

    func undisturbed() throws -> Result {
        try withTemporaryFolder(inMemory: true) { folder in
            let store = try Store.open(at: folder.appending("store"), configuration: configuration)
            defer { store.close() }
            let function = try making(store)
            let answers = try messages.map { message in [Self.bytes(try store.write(try function.delivery(of: message)))] }
            return Result(contents: try StoreContents(of: store), answers: answers)
        }
    }

    func disturbed(at number: Int, _ place: CrashPoint.Place) throws -> Result {
        try withTemporaryFolder(inMemory: true) { folder in
            let path = folder.appending("store")
            var random = SeededGenerator(seed: seed &+ UInt64(number))
            var queue = deliveries(&random)
            var answers: [[[UInt8]]] = messages.map { _ in [] }
            var isDue = true
            // Sent again after a failure, a message may be further behind than its gate remembers, which then says so.
            var lenient = 0
            var store = try Store.open(at: path, configuration: configuration)
            defer { store.close() }
            var function = try making(store)
            while !queue.isEmpty {
                let group = Array(queue.prefix(Int.random(in: 1...4, using: &random)))
                let isHit = isDue && group.contains(number - 1)
                if isHit { isDue = false }
                func begin() throws {
                    store.close()
                    store = try Store.open(at: path, configuration: configuration)
                    function = try making(store)
                }
                if isHit, place == .before {
                    try begin()
                    lenient = group.count
                    continue
                }
                let failing = isHit && place == .undone ? group.firstIndex(of: number - 1) : nil
                let results = try deliver(group, to: function, of: store, failing: failing)
                // Its answers never arrive: all of the group is sent again.
                if isHit, place == .after {
                    try begin()
                    lenient = group.count
                    continue
                }
                queue.removeFirst(group.count)
                let forgiven = lenient
                lenient = max(0, lenient - group.count)
                for (position, result) in results.enumerated() {
                    do { answers[group[position]].append(Self.bytes(try result.get())) } catch is Undone {
                        queue.insert(contentsOf: group[position...], at: 0)
                        lenient = group.count - position
                        break
                    } catch let error as ExactlyOnceError where error.isAlreadyDone && position < forgiven {
                        continue
                    }
                }
            }
            try requireSound(path)
            return Result(contents: try StoreContents(of: store), answers: answers)
        }
    }

    /// Each message, and one or two duplicates of it somewhere behind: no more than four messages later, since a producer's gate remembers five.
    private func deliveries(_ random: inout SeededGenerator) -> [Int] {
        var places: [(place: Double, message: Int)] = messages.indices.map { (Double($0), $0) }
        for message in messages.indices {
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                places.append((Double(message) + Double.random(in: 0.001..<5, using: &random), message))
            }
        }
        return places.sorted { $0.place < $1.place }.map(\.message)
    }

    /// Deliveries that wait for the store at the same time: one group. From the failing one on, all are undone: the order of the messages stays.
    private func deliver(
        _ group: [Int], to function: ExactlyOnce<TransactionalFunction<Input, Output>>, of store: Store, failing: Int?
    ) throws -> [Swift.Result<Output, any Error>] {
        let outputs = Monitor<[Int: Output]>([:])
        let outcomes = Monitor<[Int: Swift.Result<TransactionID, any Error>]>([:])
        let writes = try group.map { try function.delivery(of: messages[$0]) }
        store.submit(
            writes.enumerated().map { position, write in
                StoreWrite { transaction in
                    let output = try write(&transaction)
                    if let failing, position >= failing { throw Undone() }
                    outputs.withLock { $0[position] = output }
                } completion: { outcome in
                    outcomes.withLock(wake: true) { $0[position] = outcome }
                }
            })
        let settled = outcomes.wait { $0.count == group.count ? $0 : nil } ?? [:]
        return group.indices.map { position in
            Swift.Result {
                _ = try settled[position]?.get()
                guard let output = outputs.withLock({ $0[position] }) else { throw Undone() }
                return output
            }
        }
    }

    private static func bytes(_ output: Output) -> [UInt8] { output.withStorageBytes { [UInt8]($0) } }
}
