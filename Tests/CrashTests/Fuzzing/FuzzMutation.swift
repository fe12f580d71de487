import WeirTesting

/// Random inputs near to given ones, for where there is no libFuzzer.
struct FuzzMutation {
    private var random: SeededGenerator
    private let seeds: [[UInt8]]
    private static let interesting: [UInt8] = [0, 1, 2, 0x0A, 0x0D, 0x20, 0x7F, 0x80, 0xFE, 0xFF]

    /// No input is longer than this.
    static let limit = 4096

    init(_ seeds: [[UInt8]], _ random: SeededGenerator) {
        self.seeds = seeds.isEmpty ? [[]] : seeds
        self.random = random
    }

    /// One of the seeds with up to six changes.
    mutating func next() -> [UInt8] {
        var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        for _ in 0..<Int.random(in: 0...6, using: &random) { change(&bytes) }
        return Array(bytes.prefix(Self.limit))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2 where !bytes.isEmpty:
            // A number at its limits.
            let value = Self.interesting[Int.random(in: 0..<Self.interesting.count, using: &random)]
            for index in place..<min(bytes.count, place + [1, 2, 4, 8][Int.random(in: 0..<4, using: &random)]) { bytes[index] = value }
        case 3: bytes.insert(Self.interesting[Int.random(in: 0..<Self.interesting.count, using: &random)], at: place)
        case 4 where !bytes.isEmpty: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &random)))
        case 5: bytes.removeSubrange(place...)
        case 6:
            let other = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            bytes = Array(bytes[..<place]) + other.suffix(other.isEmpty ? 0 : Int.random(in: 0...other.count, using: &random))
        default: bytes += (0..<Int.random(in: 1...16, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
    }
}
