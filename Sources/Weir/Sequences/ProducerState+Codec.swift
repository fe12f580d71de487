package import WeirStore

// [epoch u32][accepted u64][batches u8]{[first u32][count u32][kind u8][offset u64 | length u32, bytes]}, little-endian.

extension ProducerState {
    private static let offsetKind: UInt8 = 0
    private static let bytesKind: UInt8 = 1

    package func encode(into encoder: inout RowEncoder) {
        encoder.integer(epoch)
        encoder.integer(accepted)
        encoder.integer(UInt8(recent.count))
        for batch in recent {
            encoder.integer(UInt32(bitPattern: batch.first.rawValue))
            encoder.integer(batch.count)
            if let offset = batch.answer.offset {
                encoder.integer(Self.offsetKind)
                encoder.integer(offset)
            } else {
                encoder.integer(Self.bytesKind)
                encoder.blob(batch.answer.bytes ?? [])
            }
        }
    }

    /// Checks what the rules rest on, too: one to five batches, each beginning where the one before ended.
    package init(from decoder: inout RowDecoder) throws(DecodingFailure) {
        let epoch = try decoder.integer(UInt32.self)
        let accepted = try decoder.integer(UInt64.self)
        let batches = try decoder.integer(UInt8.self)
        guard (1...Self.rememberedBatches).contains(Int(batches)) else { throw decoder.failure("\(batches) batches; there are 1 to 5") }
        var recent: [Remembered] = []
        recent.reserveCapacity(Int(batches))
        var next: SequenceNumber?
        var messages: UInt64 = 0
        for _ in 0..<batches {
            guard let first = SequenceNumber(rawValue: Int32(bitPattern: try decoder.integer(UInt32.self))) else {
                throw decoder.failure("a sequence number is negative")
            }
            let count = try decoder.integer(UInt32.self)
            guard (1...ProducerBatch.maximumCount).contains(count) else { throw decoder.failure("a batch of \(count) messages") }
            guard next == nil || next == first else { throw decoder.failure("the remembered batches have a gap") }
            let answer: SequenceAnswer
            switch try decoder.integer(UInt8.self) {
            case Self.offsetKind: answer = .offset(try decoder.integer())
            case Self.bytesKind: answer = .bytes(try decoder.blob())
            case let kind: throw decoder.failure("an answer of kind \(kind)")
            }
            recent.append(Remembered(first: first, count: count, answer: answer))
            next = first.advanced(by: count)
            messages += UInt64(count)
        }
        guard let next, messages <= accepted else { throw decoder.failure("more remembered than were accepted") }
        self.init(epoch: epoch, accepted: accepted, recent: recent, next: next)
    }
}
