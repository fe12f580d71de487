import Testing
import WeirStore

@Suite("Trident's known bugs", .serialized)
struct TridentScenarioTests {
    @Test("STORM-3337: two crashes in a row lose no partition's offset")
    func twoCrashes() throws { try TridentScenarios.twoCrashes() }

    @Test("STORM-1557: batches under way at the same time share no offset")
    func severalUnderWay() throws { try TridentScenarios.severalUnderWay() }

    @Test("STORM-2675: an offset that cannot be read is an error, not a new beginning")
    func unreadableOffset() throws { try TridentScenarios.unreadableOffset() }

    @Test("STORM-2504: the first batch comes once")
    func firstBatch() throws { try TridentScenarios.firstBatch() }

    @Test("STORM-3280: what a window holds is there after a crash")
    func windows() throws { try TridentScenarios.windows() }

    #if DEBUG
        @Test("each fails on its planted bug")
        func planted() {
            #expect(throws: (any Error).self) { try TridentScenarios.twoCrashes(planting: .idleOffsetsForgotten) }
            #expect(throws: (any Error).self) { try TridentScenarios.severalUnderWay(planting: .batchesShareOffsets) }
            #expect(throws: TridentScenarios.Violation.self) { try TridentScenarios.unreadableOffset(planting: .unreadableOffsetIsNone) }
            #expect(throws: (any Error).self) { try TridentScenarios.firstBatch(planting: .firstBatchTwice) }
        }
    #endif

    @Test("a window in memory is found")
    func windowInMemory() { #expect(throws: (any Error).self) { try TridentScenarios.windows(inMemory: true) } }
}
