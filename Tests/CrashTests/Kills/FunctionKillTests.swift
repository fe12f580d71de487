import Testing
import WeirStore
import WeirTesting

/// A function wrapped in `ExactlyOnce` in a process that is killed: every message has its effects once, and its answer stays the same.
@Suite(
    "A function, killed at any moment",
    .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built beside the tests"))
struct FunctionKillTests {
    @Test("each message, delivered until it is answered and then some, has its effects once and one answer")
    func function() throws {
        let program = try #require(Program.crashSubject)
        try KillLoop(title: "a function", program: program, kills: KillLoop.kills(60)).run { _ in FunctionWork() }
    }
}

/// Messages that are delivered until each is answered.
private struct FunctionWork: KilledWork {
    /// Messages of a round, and of a life that has come to handle all it was given.
    private static let messages: UInt64 = 2000
    private static let perLife = 250

    private var answers: [UInt64: UInt64] = [:]
    private var messageOfAnswer: [UInt64: UInt64] = [:]

    /// Delivers the first messages that were not answered, in any order, and some again that were.
    mutating func begin(on store: String, using random: inout SeededGenerator) -> (arguments: [String], input: String) {
        var messages = Array((0..<Self.messages).filter { answers[$0] == nil }.prefix(Self.perLife))
        messages += answers.keys.sorted().shuffled(using: &random).prefix(40)
        messages.shuffle(using: &random)
        return (["handle", "--store", store, "--seed", "\(random.next() >> 1)"], messages.map { "\($0)" }.joined(separator: "\n"))
    }

    mutating func hear(_ lines: [String]) throws {
        for line in lines {
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count == 2 else { throw Violation("it said: \(line)") }
            let (message, answer) = (numbers[0], numbers[1])
            if let first = answers.updateValue(answer, forKey: message), first != answer {
                throw Violation("message \(message) was answered \(first), and \(answer) when it was delivered again")
            }
            if let other = messageOfAnswer.updateValue(message, forKey: answer), other != message {
                throw Violation("messages \(other) and \(message) have the same answer \(answer)")
            }
        }
    }

    var isDone: Bool { answers.count == Int(Self.messages) }

    func check(_ path: String) throws {
        try Store.inspecting(path) { store in
            guard let effects = try store.existingTable("effects", key: UInt64.self, value: UInt64.self),
                let totals = try store.existingTable("totals", key: String.self, value: UInt64.self)
            else { throw Violation("its tables are missing") }
            try store.read { snapshot in
                for message in 0..<Self.messages {
                    let times = try snapshot.get(message, in: effects) ?? 0
                    if times != 1 { throw Violation("message \(message) had its effect \(times) times") }
                }
                // What a message adds is said in CrashSubject's `handle`; here it is counted, not asked for.
                let due = (0..<Self.messages).reduce(0) { $0 + $1 % 97 + 1 }
                let (count, sum) = (try snapshot.get("count", in: totals) ?? 0, try snapshot.get("sum", in: totals) ?? 0)
                if count != Self.messages || sum != due { throw Violation("\(count) messages come to \(sum), and should to \(due)") }
            }
        }
    }
}
