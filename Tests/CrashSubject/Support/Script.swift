import Weir
import WeirStore

/// What is to be done, one line of standard input each: a verb, who asks, and what. The lines are handed in as writes, in their order, and answered
/// when they are durable, as a server does it whose clients do not wait for each answer before they ask again.
struct Script {
    /// Lines of one client that may be unanswered: Kafka's number.
    private static let window = 5

    private let lines: [[String]]

    /// Reads standard input to its end.
    init() {
        var lines: [[String]] = []
        while let line = readLine() { lines.append(line.split(separator: " ").map(String.init)) }
        self.lines = lines
    }

    /// Says `NUMBER ANSWER` for each line that was done, `NUMBER refused CODE` for each that was refused. Lines are numbered from 0.
    ///
    /// Throws the first error that is no refusal, once all lines are answered.
    func run(
        on store: Store, _ work: @escaping @Sendable (_ line: [String], _ transaction: inout WriteTransaction) throws -> String
    ) throws {
        let clients = Monitor(Clients())
        for (number, line) in lines.enumerated() {
            clients.wait { $0.admit(line[1], window: Self.window) ? () : nil }
            let answer = Answer()
            store.submit(
                StoreWrite { transaction in
                    answer.text = try work(line, &transaction)
                } completion: { result in
                    let failure = Self.answer(number, result.map { _ in answer.text })
                    clients.withLock(wake: true) { $0.answered(line[1], failure) }
                })
        }
        let failure = clients.wait { $0.isQuiet ? Optional($0.failure) : nil }
        if let failure = failure ?? nil { throw failure }
    }

    /// Returns what is no refusal.
    private static func answer(_ number: Int, _ result: Result<String, any Error>) -> (any Error)? {
        switch result {
        case .success(let answer): say("\(number) \(answer)")
        case .failure(let refusal as ExactlyOnceError): say("\(number) refused \(refusal.code)")
        case .failure(let error): return error
        }
        return nil
    }
}

/// Whose lines are under way.
private struct Clients {
    private var unanswered: [String: Int] = [:]
    private(set) var failure: (any Error)?

    var isQuiet: Bool { unanswered.values.allSatisfy { $0 == 0 } }

    mutating func admit(_ client: String, window: Int) -> Bool {
        guard unanswered[client, default: 0] < window else { return false }
        unanswered[client, default: 0] += 1
        return true
    }

    mutating func answered(_ client: String, _ failure: (any Error)?) {
        unanswered[client, default: 0] -= 1
        if self.failure == nil { self.failure = failure }
    }
}

/// What a line is answered, from its write to the completion.
// Sendable: both run on the committer's thread, one after the other.
private final class Answer: @unchecked Sendable {
    var text = ""
}
