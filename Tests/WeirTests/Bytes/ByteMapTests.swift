import Testing
import WeirTesting

@testable import Weir

@Suite("ByteMap")
struct ByteMapTests {
    @Test("random changes agree with a dictionary", arguments: [1, 2, 3, 4] as [UInt64])
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var map = ByteMap()
        var oracle: [[UInt8]: [UInt8]] = [:]
        for step in 0..<6_000 {
            let key = randomKey(&random, universe: seed % 2 == 0 ? 300 : 5_000)
            let record = key.withUnsafeBytes { map.find($0) }
            try #require((record != nil) == (oracle[key] != nil), "seed \(seed), step \(step)")
            if random.below(3) == 0 {
                if let record { map.remove(record) }
                oracle[key] = nil
            } else {
                let value = random.bytes(randomLength(&random))
                let target = record ?? key.withUnsafeBytes { map.insert($0) }
                value.withUnsafeBytes { map.set($0, of: target) }
                oracle[key] = value
            }
        }
        check(map, oracle)
        // Everything out: what was used is free again, and is used again without taking more from the system.
        for key in oracle.keys { if let record = key.withUnsafeBytes({ map.find($0) }) { map.remove(record) } }
        #expect(map.count == 0 && map.arena.usedBytes == 0 && map.largeBytes == 0)
    }

    @Test("a sweep removes exactly what it is told to")
    func sweep() {
        var random = SeededGenerator(seed: 5)
        var map = ByteMap()
        var oracle: [[UInt8]: [UInt8]] = [:]
        for number in 0..<3_000 {
            let key = Array("k\(number)".utf8)
            let record = key.withUnsafeBytes { map.insert($0) }
            record.pointee.flags = UInt16(random.below(2))
            key.withUnsafeBytes { map.set($0, of: record) }
            if record.pointee.flags == 0 { oracle[key] = key }
        }
        var hand = 100
        var removed = 0
        for _ in 0..<200 { removed += map.sweep(from: &hand, steps: 64) { $0.pointee.flags == 1 } }
        #expect(removed == 3_000 - oracle.count)
        check(map, oracle)
    }

    @Test("records keep their place while the map grows")
    func stable() {
        var map = ByteMap()
        var places: [(key: [UInt8], record: ByteRecordPointer)] = []
        for number in 0..<10_000 {
            let key = Array("key \(number)".utf8)
            places.append((key, key.withUnsafeBytes { map.insert($0) }))
        }
        for place in places {
            #expect(place.key.withUnsafeBytes { map.find($0) } == place.record)
            #expect(place.record.key.elementsEqual(place.key))
        }
    }

    @Test("freed memory is used again: churn does not grow the map")
    func reuse() {
        var random = SeededGenerator(seed: 9)
        var map = ByteMap()
        var keys: [[UInt8]] = []
        var peak = 0
        for step in 0..<12_000 {
            let key = Array("\(step)-".utf8) + random.bytes(random.below(40))
            let record = key.withUnsafeBytes { map.insert($0) }
            random.bytes(random.below(200)).withUnsafeBytes { map.set($0, of: record) }
            keys.append(key)
            if keys.count > 500 {
                let gone = keys.remove(at: random.below(keys.count))
                if let record = gone.withUnsafeBytes({ map.find($0) }) { map.remove(record) }
            }
            if step == 4_000 { peak = map.reservedBytes }
        }
        #expect(map.reservedBytes <= peak + 2 * ByteArena.chunkBytes)
    }

    private func check(_ map: borrowing ByteMap, _ oracle: [[UInt8]: [UInt8]]) {
        var seen: [[UInt8]: [UInt8]] = [:]
        map.forEach { record in seen[Array(record.key)] = map.value(of: record).map(Array.init) }
        #expect(seen == oracle)
    }

    private func randomKey(_ random: inout SeededGenerator, universe: Int) -> [UInt8] {
        let number = random.below(universe)
        return Array(repeating: UInt8(number & 255), count: number % 23)
            + withUnsafeBytes(of: number.bigEndian, Array.init).suffix(number % 3)
    }

    private func randomLength(_ random: inout SeededGenerator) -> Int {
        switch random.below(20) {
        case 0: 40_000 + random.below(10_000)
        case 1: random.below(ByteArena.largestBlock + 10)
        case 2...8: random.below(100)
        default: random.below(9)
        }
    }
}

@Suite("KeyOrder")
struct KeyOrderTests {
    @Test("keys come in the order of their bytes, whatever their shape", arguments: [0, 1, 2, 24, 25, 26, 100, 2_000])
    func sorted(count: Int) {
        for shape in 0..<4 {
            var random = SeededGenerator(seed: UInt64(count * 10 + shape))
            var keys = Set<[UInt8]>()
            while keys.count < count {
                switch shape {
                case 0: keys.insert(random.bytes(random.below(12)))
                case 1: keys.insert(Array("common prefix ".utf8) + random.bytes(4))
                case 2: keys.insert(withUnsafeBytes(of: UInt64(keys.count).bigEndian, Array.init))
                default: keys.insert([UInt8](repeating: UInt8(random.below(2)), count: random.below(20)) + random.bytes(2))
                }
            }
            var map = ByteMap()
            var entries: ContiguousArray<KeyOrder.Entry> = []
            for key in shape == 2 ? keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) : Array(keys) {
                let record = key.withUnsafeBytes { map.insert($0) }
                entries.append(.init(prefix: record.keyPrefix, record: record))
            }
            var order = KeyOrder(entries)
            var got: [[UInt8]] = []
            while let record = order.take() {
                got.append(Array(record.key))
            }
            #expect(order.left == 0)
            #expect(got == keys.sorted { $0.lexicographicallyPrecedes($1) })
        }
    }
}
