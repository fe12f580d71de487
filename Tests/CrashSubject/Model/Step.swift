import WeirTesting

/// One commit of the model, told by the seed and its number alone: so that the program that makes it and the one that checks it after a crash
/// need nothing of each other.
struct Step: Sendable {
    /// What a step may do to the store.
    enum Change: Sendable {
        case word(String, UInt64)
        case removeWord(String)
        case value(UInt64, bytes: Int)
        case removeValue(UInt64)
        case add(UInt64, Int64)
        case name(UInt64, bytes: Int)
        case removeName(UInt64)
        case letter
        case dropOldestLetter
        /// The producer's next message, sent twice.
        case sequence(producer: UInt64)
    }

    /// From 1; also the offset that the source has afterwards.
    let number: UInt64
    let changes: [Change]

    /// Steps of one burst are handed in together and share a flush.
    static let burst: UInt64 = 4

    init(_ number: UInt64, seed: UInt64) {
        self.number = number
        var random = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ number)
        changes = Self.draw(isInBurst: Self.isInBurst(number), &random)
    }

    /// Every other four steps are a burst.
    static func isInBurst(_ number: UInt64) -> Bool { number % 8 >= 4 }

    /// The step and those that are handed in with it.
    static func together(from number: UInt64, last: UInt64, seed: UInt64) -> [Step] {
        guard isInBurst(number) else { return [Step(number, seed: seed)] }
        let end = number | 3
        return (number...min(end, max(last, number))).map { Step($0, seed: seed) }
    }

    /// Whether it changes keyed state, whose journal takes one batch after another.
    var changesState: Bool {
        changes.contains {
            switch $0 {
            case .add, .name, .removeName: true
            default: false
            }
        }
    }

    private static func draw(isInBurst: Bool, _ random: inout SeededGenerator) -> [Change] {
        func word(_ random: inout SeededGenerator) -> String { "word-\(Int.random(in: 0..<40, using: &random))" }
        switch Int.random(in: isInBurst ? 3..<8 : 0..<8, using: &random) {
        case 0, 1, 2:
            let adds = (0..<8).map { _ in Change.add(.random(in: 0..<60, using: &random), .random(in: -9...9, using: &random)) }
            let names = (0..<2).map { _ in Change.name(.random(in: 0..<12, using: &random), bytes: .random(in: 0..<300, using: &random)) }
            return adds + names + [.removeName(.random(in: 0..<12, using: &random))]
        case 3: return (0..<4).map { _ in .word(word(&random), random.next()) }
        case 4: return (0..<3).map { _ in .removeWord(word(&random)) } + [.word(word(&random), random.next())]
        case 5:
            let bytes = [10, 700, 3000, 9000, 20_000].randomElement(using: &random) ?? 10
            return [
                .value(.random(in: 0..<10, using: &random), bytes: bytes), .removeValue(.random(in: 0..<10, using: &random)),
            ]
        case 6: return [.letter, .dropOldestLetter]
        default: return (0..<3).map { .sequence(producer: $0) }.shuffled(using: &random)
        }
    }

    /// Bytes that nobody else writes under this key in this step.
    func bytes(_ count: Int, for key: UInt64) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: (number &* 31) &+ (key &* 7) &+ UInt64($0) &* 13) }
    }
}
