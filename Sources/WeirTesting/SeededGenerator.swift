/// Random numbers that come again: the same seed gives the same numbers, on every machine and in every version.
///
/// The generator is xoshiro256** by Blackman and Vigna, seeded by SplitMix64 as its authors advise. Not for secrets.
///
///     var random = SeededGenerator.random()                    // or SeededGenerator(seed: 42)
///     #expect(works(with: Int.random(in: 0..<10, using: &random)), "\(random)")     // a failure prints the seed
public struct SeededGenerator: RandomNumberGenerator, Sendable, CustomStringConvertible {
    /// What it was made with.
    public let seed: UInt64
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A generator that gives the numbers of this seed.
    public init(seed: UInt64) {
        self.seed = seed
        var next = seed
        func splitMix() -> UInt64 {
            next &+= 0x9E37_79B9_7F4A_7C15
            var mixed = next
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
        state = (splitMix(), splitMix(), splitMix(), splitMix())
    }

    /// A generator with a seed that nobody chose: print the generator when a test fails.
    public static func random() -> SeededGenerator { SeededGenerator(seed: .random(in: 0 ... .max)) }

    /// The next number. O(1).
    public mutating func next() -> UInt64 {
        func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { (value << bits) | (value >> (64 - bits)) }
        let result = rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, 45)
        return result
    }

    /// How to get the same numbers again.
    public var description: String { "SeededGenerator(seed: \(seed))" }
}
