import Testing

@testable import WeirTopology

@Suite("Aligned markers")
struct MarkerAlignmentTests {
    @Test(
        "in every interleaving, a marker aligns exactly when it has come on all channels, and nothing passes before", arguments: [1, 2, 3])
    func everyInterleaving(_ channels: Int) {
        let batches: UInt64 = 3
        var seen = 0
        func explore(_ alignment: MarkerAlignment, _ sent: [UInt64]) {
            let open = (0..<channels).filter { !alignment.isBlocked($0) && sent[$0] < batches }
            if open.isEmpty {
                #expect(sent == Array(repeating: batches, count: channels))
                #expect(alignment.aligned == batches)
                seen += 1
            }
            for channel in open {
                var (next, sent) = (alignment, sent)
                sent[channel] += 1
                // A channel is never more than one marker ahead of the slowest.
                #expect(sent[channel] == alignment.aligned + 1)
                let isAligned = next.received(sent[channel], on: channel)
                #expect(isAligned == sent.allSatisfy { $0 >= sent[channel] })
                if isAligned { #expect((0..<channels).allSatisfy { !next.isBlocked($0) }) }
                explore(next, sent)
            }
        }
        explore(MarkerAlignment(channels: channels), Array(repeating: 0, count: channels))
        #expect(seen > 0)
    }
}
