import Testing
import Weir
import WeirStore
import WeirTesting

@Suite("Rows of producers")
struct ProducerRowTests {
    private func random(_ random: inout SeededGenerator) -> ProducerRow {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .nextID(random.next())
        case 1: return .name(random.next())
        case 2:
            let from: UInt32? = Bool.random(using: &random) ? UInt32.random(in: 0 ... .max, using: &random) : nil
            let registration = ProducerRegistration(
                producer: random.next(), epoch: UInt32.random(in: 0 ... .max, using: &random), continuedFrom: from)
            return .registration(
                registration, name: "Gerät \(random.next())", mark: ExpiryMark(position: random.next(), time: random.next()))
        default:
            var state: ProducerState?
            var first = SequenceNumber(wrapping: random.next())
            for _ in 0..<Int.random(in: 1...9, using: &random) {
                let count = UInt32.random(in: 1...9, using: &random)
                let answer: SequenceAnswer =
                    Bool.random(using: &random)
                    ? .offset(random.next()) : .bytes((0..<Int.random(in: 0...20, using: &random)).map { UInt8($0) })
                state = .applying(ProducerBatch(producer: 1, epoch: 7, first: first, count: count), answer: answer, to: state)
                first = first.advanced(by: count)
            }
            guard let state else { return .nextID(0) }
            return .sequence(
                state, lastSeen: Timestamp(milliseconds: random.next()), mark: ExpiryMark(position: random.next(), time: random.next()))
        }
    }

    @Test("a row is read as it was written, and damage is an error")
    func rows() throws {
        var random = SeededGenerator.random()
        for _ in 0..<200 {
            let row = self.random(&random)
            let bytes = row.withStorageBytes { [UInt8]($0) }
            #expect(try bytes.withUnsafeBytes { try ProducerRow(storageBytes: $0) } == row, "\(random)")
            for end in 0..<bytes.count {
                #expect(throws: DecodingFailure.self, "\(random), cut at \(end)") {
                    try bytes[..<end].withUnsafeBytes { try ProducerRow(storageBytes: $0) }
                }
            }
            #expect(throws: DecodingFailure.self) { try (bytes + [0]).withUnsafeBytes { try ProducerRow(storageBytes: $0) } }
        }
    }

    @Test("garbage never traps, and never gives a state that breaks the rules")
    func garbage() {
        var random = SeededGenerator.random()
        for _ in 0..<20_000 {
            var bytes = self.random(&random).withStorageBytes { [UInt8]($0) }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0 ... .max, using: &random)
            }
            guard case .sequence(let state, _, _)? = try? bytes.withUnsafeBytes({ try ProducerRow(storageBytes: $0) }) else { continue }
            #expect((1...5).contains(state.recent.count), "\(random)")
            #expect(state.recent.last.map { $0.first.advanced(by: $0.count) } == state.next, "\(random)")
        }
    }

    @Test("a key is read as it was written; keys of one gate and kind lie together, IDs in their order")
    func keys() throws {
        let places: [ProducerKey.Place] = [
            .nextID, .name("a"), .name("b"), .registration(0), .registration(256), .registered(1, partition: 0),
            .registered(1, partition: 256),
            .registered(256, partition: 1), .selfNumbered(0, partition: 0), .selfNumbered(.max, partition: .max),
        ]
        var previous: [UInt8] = []
        for gate in ["a", "a!", "b"] {
            for place in places {
                let key = ProducerKey(gate, place)
                let bytes = key.withStorageBytes { [UInt8]($0) }
                #expect(try bytes.withUnsafeBytes { try ProducerKey(storageBytes: $0) } == key)
                #expect(previous.lexicographicallyPrecedes(bytes), "\(key)")
                previous = bytes
                for end in 0..<bytes.count {
                    let cut = try? bytes[..<end].withUnsafeBytes { try ProducerKey(storageBytes: $0) }
                    #expect(cut != key)
                }
            }
        }
    }
}
