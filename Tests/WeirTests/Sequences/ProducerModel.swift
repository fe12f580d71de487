import Weir

/// What a gate must decide about one producer in one partition: obviously right, as it keeps everything and counts in plain integers.
///
/// Messages have positions that never wrap; what is sent is the position's sequence number.
struct ProducerModel {
    struct Batch: Hashable {
        var epoch: UInt32
        var position: Int
        var count: Int

        var facts: ProducerBatch {
            ProducerBatch(producer: 1, epoch: epoch, first: ProducerModel.sequence(position), count: UInt32(count))
        }
    }

    var epoch: UInt32?
    var accepted: [(batch: Batch, answer: UInt64)] = []
    var answers: UInt64 = 0
    let unknown: UnknownProducerRule

    init(_ unknown: UnknownProducerRule) { self.unknown = unknown }

    static func sequence(_ position: Int) -> SequenceNumber { SequenceNumber(wrapping: UInt64(position)) }

    private var next: Int { accepted.last.map { $0.batch.position + $0.batch.count } ?? 0 }

    func verdict(on batch: Batch) -> SequenceVerdict {
        guard let epoch else { return Self.sequence(batch.position) == .zero || unknown == .beginsAnywhere ? .accept : .unknown }
        if batch.epoch < epoch { return .fenced(current: epoch) }
        if batch.epoch > epoch { return Self.sequence(batch.position) == .zero ? .accept : .outOfOrder(expected: .zero) }
        if batch.position == next { return .accept }
        for old in accepted.suffix(5) where old.batch == batch { return .replay(.offset(old.answer)) }
        let messages = Set(accepted.flatMap { $0.batch.position..<$0.batch.position + $0.batch.count })
        let isIn = (batch.position..<batch.position + batch.count).allSatisfy(messages.contains)
        return isIn ? .forgotten : .outOfOrder(expected: Self.sequence(next))
    }

    mutating func accept(_ batch: Batch) -> SequenceAnswer {
        if epoch != batch.epoch { accepted = [] }
        epoch = batch.epoch
        answers += 1
        accepted.append((batch, answers))
        return .offset(answers)
    }
}
