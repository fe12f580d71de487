import Testing
import Weir

@Suite("Producer states")
struct ProducerStateTests {
    typealias Batch = ProducerModel.Batch

    /// Compares the value with the model on every sequence of batches from here, and returns how many were tried.
    private func explore(
        _ state: ProducerState?, _ model: ProducerModel, _ alphabet: [Batch], depth: Int, _ path: [Batch] = []
    ) -> Int {
        guard depth > 0 else { return 0 }
        var tried = 0
        for batch in alphabet {
            tried += 1
            let verdict = ProducerState.verdict(on: batch.facts, state, model.unknown)
            let expected = model.verdict(on: batch)
            if verdict != expected { Issue.record("after \(path), \(batch): \(verdict), and \(expected) was expected") }
            guard expected == .accept else { continue }
            // A refused batch changes nothing, so only accepted ones lead to new states.
            var model = model
            let answer = model.accept(batch)
            let next = ProducerState.applying(batch.facts, answer: answer, to: state)
            tried += explore(next, model, alphabet, depth: depth - 1, path + [batch])
        }
        return tried
    }

    @Test("every sequence of accepted batches leads to the model's verdicts")
    func exhaustive() {
        let alphabet = (0..<3).flatMap { epoch in
            (0..<7).flatMap { first in (1...2).map { Batch(epoch: UInt32(epoch), position: first, count: $0) } }
        }
        for rule in [UnknownProducerRule.beginsAtZero, .beginsAnywhere] {
            let tried = explore(nil, ProducerModel(rule), alphabet, depth: 7)
            #expect(tried > 10_000)
        }
    }

    @Test("the last five batches are answered, older ones are known to be in, and nothing else is")
    func window() {
        for size in 1...2 {
            var (state, model): (ProducerState?, ProducerModel) = (nil, ProducerModel(.beginsAtZero))
            for index in 0..<12 {
                let batch = Batch(epoch: 4, position: index * size, count: size)
                #expect(ProducerState.verdict(on: batch.facts, state, .beginsAtZero) == .accept)
                state = ProducerState.applying(batch.facts, answer: model.accept(batch), to: state)
                let all = (0..<30).flatMap { first in (1...4).map { Batch(epoch: 4, position: first, count: $0) } }
                for probe in all {
                    #expect(ProducerState.verdict(on: probe.facts, state, .beginsAtZero) == model.verdict(on: probe), "\(probe)")
                }
                #expect(state?.recent.count == min(5, index + 1))
            }
        }
    }

    @Test("nothing special happens where the numbers wrap")
    func wrap() {
        let base = 1 << 31
        let alphabet = (-5..<6).flatMap { first in (1...2).map { Batch(epoch: 0, position: base + first, count: $0) } }
        let tried = explore(nil, ProducerModel(.beginsAnywhere), alphabet, depth: 7)
        #expect(tried > 10_000)
        #expect(SequenceNumber(rawValue: .max)?.advanced(by: 1) == .zero)
        #expect(SequenceNumber(rawValue: -1) == nil)
        for a in [0, 1, 5, base - 2, base - 1] {
            for step in [0, 1, 7, base - 1] {
                let from = SequenceNumber(wrapping: UInt64(a))
                #expect(from.distance(to: from.advanced(by: UInt32(step))) == UInt32(step))
            }
        }
    }

    @Test("what lies behind the beginning of an epoch was never sent, and is not taken for a duplicate")
    func neverSent() {
        let first = ProducerBatch(producer: 1, epoch: 0, first: 0, count: 3)
        let state = ProducerState.applying(first, answer: .none, to: nil)
        let before = ProducerBatch(producer: 1, epoch: 0, first: SequenceNumber(rawValue: .max) ?? 0)
        #expect(ProducerState.verdict(on: before, state, .beginsAtZero) == .outOfOrder(expected: 3))
    }

    @Test("batches of no messages, or of more than can be told apart, are malformed")
    func malformed() {
        for count in [0, (1 << 30) + 1, .max] as [UInt32] {
            let batch = ProducerBatch(producer: 1, epoch: 0, first: 0, count: count)
            #expect(ProducerState.verdict(on: batch, nil, .beginsAnywhere) == .malformed)
            #expect(SequenceVerdict.malformed.refusal(of: batch)?.code == .batchMalformed)
        }
    }

    @Test("every refusal has its code, and only what may succeed later says that it may")
    func refusals() {
        let batch = ProducerBatch(producer: 1, epoch: 0, first: 0)
        let codes: [(SequenceVerdict, ExactlyOnceError.Code?)] = [
            (.accept, nil), (.replay(.none), nil), (.forgotten, .sequenceDuplicate), (.fenced(current: 2), .producerFenced),
            (.outOfOrder(expected: 3), .sequenceOutOfOrder), (.unknown, .producerUnknown), (.malformed, .batchMalformed),
        ]
        for (verdict, code) in codes {
            let refusal = verdict.refusal(of: batch)
            #expect(refusal?.code == code)
            #expect(refusal?.isRetriable ?? false == (code == .sequenceOutOfOrder))
            #expect(refusal?.isAlreadyDone ?? false == (code == .sequenceDuplicate))
        }
    }
}
