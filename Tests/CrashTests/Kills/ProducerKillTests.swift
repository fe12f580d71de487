import Testing
import WeirStore
import WeirTesting

/// Producers whose server is killed: they send again what was not answered, are replaced by new incarnations, and old ones come back.
@Suite(
    "Producers' server, killed at any moment",
    .enabled(if: Program.crashSubject != nil, "the program CrashSubject was not built beside the tests"))
struct ProducerKillTests {
    @Test("each sequence has its effect once, its answer stays, and zombies are fenced", arguments: [false, true])
    func producers(selfNumbered: Bool) throws {
        let program = try #require(Program.crashSubject)
        let title = selfNumbered ? "the server of producers that number themselves" : "the server of registered producers"
        try KillLoop(title: title, program: program, kills: KillLoop.kills(40)).run { _ in ProducerWork(selfNumbered: selfNumbered) }
    }
}

/// What producers send in a round, and what they were answered.
private struct ProducerWork: KilledWork {
    private enum Line {
        case registration(producer: Int)
        case batch(producer: Int, index: Int)
        /// A batch of an epoch that is over.
        case zombie(ModelProducer.Sent)
    }

    private static let producers = 6
    private static let incarnations = 4

    private let selfNumbered: Bool
    private var producers = (0..<producers).map { ModelProducer(name: "sensor-\($0)", number: UInt64($0) + 1) }
    private var lines: [Line] = []

    init(selfNumbered: Bool) { self.selfNumbered = selfNumbered }

    mutating func begin(on store: String, using random: inout SeededGenerator) -> (arguments: [String], input: String) {
        var scripts = producers.indices.map { script(of: $0, using: &random) }
        lines = []
        // One script into the other: each producer's lines stay in order.
        while let next = scripts.indices.filter({ !scripts[$0].isEmpty }).randomElement(using: &random) {
            lines.append(scripts[next].removeFirst())
        }
        let options = ["receive", "--store", store] + (selfNumbered ? ["--self-numbered"] : [])
        return (options, lines.map(text).joined(separator: "\n"))
    }

    /// What one producer sends in one life; and then what its incarnations before have sent comes again, when it is too late.
    private mutating func script(of index: Int, using random: inout SeededGenerator) -> [Line] {
        var lines: [Line] = []
        var zombies = producers[index].before.joined().shuffled(using: &random)
        if isReplaced(index, using: &random) {
            if selfNumbered {
                producers[index].countEpochOn()
                zombies = producers[index].before.joined().shuffled(using: &random)
            } else {
                producers[index].register()
                lines.append(.registration(producer: index))
                zombies = (zombies + producers[index].sent).shuffled(using: &random)
            }
        }
        if lines.isEmpty { lines = batches(of: index, using: &random) }
        return lines + zombies.prefix(3).map { .zombie($0) }
    }

    /// Whether another incarnation takes its place now: when it has sent all, and sometimes before.
    private func isReplaced(_ index: Int, using random: inout SeededGenerator) -> Bool {
        let producer = producers[index]
        if producer.incarnation < 0 || producer.isRegistering { return true }
        guard producer.incarnation + 1 < Self.incarnations else { return false }
        return producer.hasSentAll || Int.random(in: 0..<10, using: &random) == 0
    }

    /// Some that were answered before, all that were not, and new ones.
    private mutating func batches(of index: Int, using random: inout SeededGenerator) -> [Line] {
        let first = producers[index].firstUnanswered
        let again = min(first, Int.random(in: 0...4, using: &random))
        while producers[index].sent.count < min(ModelProducer.batches, first + 15) {
            producers[index].makeBatch(of: UInt32.random(in: 1...5, using: &random))
        }
        return (first - again..<producers[index].sent.count).map { .batch(producer: index, index: $0) }
    }

    private func text(of line: Line) -> String {
        switch line {
        case .registration(let producer): "register \(producers[producer].name)"
        case .batch(let producer, let index): "send \(producers[producer].name) \(producers[producer].sent[index].text)"
        case .zombie(let sent): "send zombie \(sent.text)"
        }
    }

    mutating func hear(_ answers: [String]) throws {
        for answer in answers {
            let words = answer.split(separator: " ").map(String.init)
            guard words.count >= 3, let number = Int(words[0]), lines.indices.contains(number) else {
                throw Violation("it said: \(answer)")
            }
            do {
                switch lines[number] {
                case .registration(let producer): try producers[producer].registered(Array(words[1...]))
                case .batch(let producer, let index): try producers[producer].answered(index, words[1], words[2])
                case .zombie: if words[1...] != ["refused", "producerFenced"] { throw Violation("a zombie got through") }
                }
            } catch { throw Violation("\(error): \(text(of: lines[number])) was answered \(answer)") }
        }
    }

    var isDone: Bool { producers.allSatisfy { $0.hasSentAll && $0.incarnation + 1 == Self.incarnations } }

    func check(_ path: String) throws {
        try Store.inspecting(path) { store in
            guard let table = try store.existingTable("log", key: UInt64.self, value: String.self) else {
                throw Violation("there is no log")
            }
            var log: [String] = []
            try store.read { snapshot in
                try snapshot.scan(table) { offset, message in
                    if offset == .max { return .next }
                    if offset != log.count { throw Violation("offset \(log.count) of the log is missing") }
                    log.append(message)
                    return .next
                }
            }
            let places = Dictionary(zip(log, log.indices), uniquingKeysWith: { first, _ in first })
            if places.count != log.count { throw Violation("\(log.count - places.count) of \(log.count) messages are in the log twice") }
            let complaints = producers.flatMap { $0.complaints(places) }
            if let complaint = complaints.first {
                throw Violation("\(complaints.count) batches are not where they should be: \(complaint)")
            }
            let sent = Set(producers.flatMap { ($0.before + [$0.sent]).joined().flatMap(\.messages) })
            if let stranger = log.first(where: { !sent.contains($0) }) { throw Violation("nobody has sent \(stranger)") }
        }
    }
}
