/// A producer whose server is killed: what it has sent, what it was answered, and who it was before.
struct ModelProducer {
    /// A batch of messages, and what it was answered when it first was.
    struct Sent {
        let producer: UInt64
        let epoch: UInt32
        let first: UInt64
        let count: UInt32
        var offset: UInt64?

        /// As CrashSubject's `receive` takes it.
        var text: String { "\(producer) \(epoch) \(first) \(count)" }

        /// As its messages lie in the log.
        var messages: [String] { (first..<first + UInt64(count)).map { "\(producer) \(epoch) \($0)" } }
    }

    /// Batches that an incarnation has to send, unless it is replaced before.
    static let batches = 40
    /// Kafka's number: so many of the last batches are answered when they come again.
    private static let remembered = 5

    let name: String
    /// Its ID, where it numbers itself.
    let number: UInt64
    /// Which incarnation it is; -1: none yet.
    private(set) var incarnation = -1
    /// Whether it has asked for an identity and has no answer: its old one may be fenced.
    private(set) var isRegistering = false
    private(set) var sent: [Sent] = []
    /// What the incarnations before have sent, each list in order.
    private(set) var before: [[Sent]] = []
    private var identity: (producer: UInt64, epoch: UInt32)?

    init(name: String, number: UInt64) {
        self.name = name
        self.number = number
    }

    var firstUnanswered: Int { sent.firstIndex { $0.offset == nil } ?? sent.count }
    var hasSentAll: Bool { incarnation >= 0 && !isRegistering && firstUnanswered == Self.batches }

    mutating func makeBatch(of count: UInt32) {
        guard let identity else { preconditionFailure("A producer has an identity before it sends.") }
        let first = sent.last.map { $0.first + UInt64($0.count) } ?? 0
        sent.append(Sent(producer: identity.producer, epoch: identity.epoch, first: first, count: count))
    }

    /// It begins anew with the next epoch, by its own count.
    mutating func countEpochOn() { begin((number, (identity?.epoch ?? 0) + 1)) }

    /// It has asked for a new identity: the old one is over when that arrives.
    mutating func register() { isRegistering = true }

    mutating func registered(_ answer: [String]) throws {
        guard answer.count == 3, answer[0] == "registered", let producer = UInt64(answer[1]), let epoch = UInt32(answer[2]) else {
            throw Violation("it was not registered")
        }
        if let identity, producer != identity.producer || epoch <= identity.epoch { throw Violation("its epoch was \(identity.epoch)") }
        isRegistering = false
        begin((producer, epoch))
    }

    private mutating func begin(_ new: (producer: UInt64, epoch: UInt32)) {
        if incarnation >= 0 { before.append(sent) }
        sent = []
        incarnation += 1
        identity = new
    }

    mutating func answered(_ index: Int, _ kind: String, _ value: String) throws {
        let known = sent[index].offset
        switch (kind, UInt64(value)) {
        case ("new", .some(let offset)) where known == nil: sent[index].offset = offset
        case ("again", .some(let offset)) where known == nil || known == offset: sent[index].offset = offset
        // The last five are remembered, and of those that were not answered there are no more.
        case ("refused", _) where value == "sequenceDuplicate" && known != nil && sent.count - index > Self.remembered: return
        default: throw Violation("it was answered \(known.map { "\($0)" } ?? "nothing") before")
        }
    }

    /// What is wrong with where its messages lie in the log. `places` has the offset of each message.
    func complaints(_ places: [String: Int]) -> [String] {
        (before + [sent]).flatMap { batches in
            var isCut = false
            return batches.compactMap { batch -> String? in
                let found = batch.messages.compactMap { places[$0] }
                defer { isCut = isCut || found.isEmpty }
                if found.isEmpty, batch.offset == nil { return nil }
                guard !isCut, let first = found.first, found == Array(first..<first + Int(batch.count)),
                    batch.offset == nil || batch.offset == UInt64(first)
                else { return "\(batch.text), answered \(batch.offset.map { "\($0)" } ?? "nothing"), lies at \(found)" }
                return nil
            }
        }
    }
}
