#if DEBUG
    import Testing
    import Weir
    import WeirStore
    import WeirTesting
    import WeirTopology

    /// The proof of the proof: each planted bug is found by the harness that should find it, and none of them finds anything where there is nothing.
    @Suite("Planted bugs", .serialized)
    struct PlantedBugTests {
        /// Seeds after which a harness that has found nothing is a harness that finds nothing.
        private static let patience: UInt64 = 60

        enum Harness: CaseIterable {
            case store, gates, functionByID, functionBySequence, topology, simulation, simulationDeduplicated, simulationAtLeastOnce, damage

            /// Throws what it finds.
            func run(seed: UInt64, planting bug: PlantedBug?) throws {
                var configuration = StoreConfiguration(durability: .processCrashOnly)
                configuration.plantedBug = bug
                switch self {
                case .store: try StoreProof.run(seed: seed, planting: bug)
                case .gates: try GateProof.run(seed: seed, planting: bug)
                case .functionByID:
                    try verifyExactlyOnce(VerifyFunctionTests.byID, seed: seed, configuration: configuration, VerifyFunctionTests.billing)
                case .functionBySequence:
                    try verifyExactlyOnce(
                        VerifyFunctionTests.bySequence, seed: seed, configuration: configuration, VerifyFunctionTests.billing)
                case .topology:
                    var options = TopologyDriver.Options()
                    options.store = configuration
                    try verifyExactlyOnce(VerifyTopologyTests.input, seed: seed, options: options, wordCount)
                case .simulation: _ = try Simulation(seed: seed, promise: .exactlyOnce, planting: bug).run()
                case .simulationDeduplicated: _ = try Simulation(seed: seed, promise: .deduplicated, planting: bug).run()
                case .simulationAtLeastOnce: _ = try Simulation(seed: seed, promise: .atLeastOnce, planting: bug).run()
                case .damage: try TridentScenarios.unreadableOffset(planting: bug)
                }
            }
        }

        static let plan: [(PlantedBug, Harness)] = [
            (.acknowledgesBeforeFlush, .store), (.tallyNotUpdated, .store), (.undoneWriteStays, .store), (.groupDiesSilently, .store),
            (.epochNotRaised, .store), (.transactionIDReused, .store), (.unreadableOffsetIsNone, .damage),
            (.windowOneTooShort, .functionBySequence), (.epochUnchecked, .gates), (.answerNotStored, .functionByID),
            (.overlapNotTrimmed, .gates), (.replayNotSkipped, .gates), (.journalRowLost, .topology), (.foldForgetsKey, .simulation),
            (.rowDeletedEarly, .simulation), (.offsetsOutsideCommit, .topology), (.stagedOutsideCommit, .topology),
            (.markerNotAwaited, .simulation), (.acknowledgesAtSubmission, .topology),
            (.failedCommitCountsAsDone, .topology), (.firstBatchTwice, .topology), (.idleOffsetsForgotten, .simulation),
            (.batchesShareOffsets, .simulation), (.failedTupleCountsAsProcessed, .simulationAtLeastOnce),
            (.originsForgotten, .simulationDeduplicated),
        ]

        @Test("is found by the harness that should find it", arguments: plan)
        func found(_ bug: PlantedBug, by harness: Harness) {
            for seed in 0..<Self.patience {
                do { try harness.run(seed: seed, planting: bug) } catch { return }
            }
            Issue.record("\(bug) was not found by \(harness) in \(Self.patience) seeds")
        }

        @Test("nothing is found where nothing is wrong", arguments: Harness.allCases)
        func sound(_ harness: Harness) throws {
            for seed in 0..<2 as Range<UInt64> { try harness.run(seed: seed, planting: nil) }
        }

        @Test("there is a harness for each bug, and at least twenty bugs")
        func complete() {
            #expect(Set(Self.plan.map(\.0)) == Set(PlantedBug.allCases) && PlantedBug.allCases.count >= 20)
        }
    }
#endif
