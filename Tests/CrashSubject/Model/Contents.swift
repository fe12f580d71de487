/// What the store must hold after some number of steps: the fold of the inputs up to the committed offset.
struct Contents: Equatable {
    static let lettersKept = 6

    var offset: UInt64 = 0
    var words: [String: UInt64] = [:]
    var values: [UInt64: [UInt8]] = [:]
    var counts: [UInt64: Int64] = [:]
    var names: [UInt64: [UInt8]] = [:]
    /// Letter by number: the step that wrote it.
    var letters: [UInt64: UInt64] = [:]
    var lastLetter: UInt64 = 0
    /// Message by message, of each producer: the step that it came with.
    var messages: [UInt64: [UInt64]] = [:]

    /// After so many steps.
    init(after steps: UInt64, seed: UInt64) {
        guard steps > 0 else { return }
        for number in 1...steps { apply(Step(number, seed: seed)) }
    }

    /// As they were read.
    init() {}

    mutating func apply(_ step: Step) {
        offset = step.number
        for change in step.changes {
            switch change {
            case .word(let word, let value): words[word] = value
            case .removeWord(let word): words[word] = nil
            case .value(let key, let bytes): values[key] = step.bytes(bytes, for: key)
            case .removeValue(let key): values[key] = nil
            case .add(let key, let delta): counts[key, default: 0] += delta
            case .name(let key, let bytes): names[key] = step.bytes(bytes, for: key)
            case .removeName(let key): names[key] = nil
            case .letter:
                lastLetter += 1
                letters[lastLetter] = step.number
            case .dropOldestLetter:
                if letters.count > Self.lettersKept, let oldest = letters.keys.min() { letters[oldest] = nil }
            case .sequence(let producer): messages[producer, default: []].append(step.number)
            }
        }
    }

    /// The first difference, in words.
    func difference(from other: Contents) -> String? {
        func first<K: Hashable & Comparable, V: Equatable>(_ what: String, _ a: [K: V], _ b: [K: V]) -> String? {
            Set(a.keys).union(b.keys).sorted().first { a[$0] != b[$0] }.map {
                "\(what) \($0) should be \(short(a[$0])) and is \(short(b[$0]))"
            }
        }
        if offset != other.offset { return "the offset should be \(offset) and is \(other.offset)" }
        return first("word", words, other.words) ?? first("value", values, other.values) ?? first("count", counts, other.counts)
            ?? first("name", names, other.names) ?? first("letter", letters, other.letters)
            ?? first("messages of producer", messages, other.messages)
    }
}

private func short<V>(_ value: V?) -> String {
    guard let value else { return "absent" }
    return String("\(value)".prefix(60))
}
