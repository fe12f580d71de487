import Testing
import Weir

@Suite("Batch ledgers")
struct BatchLedgerTests {
    /// A stream as it runs: the ledger, the stored progress, and every attempt that was ever begun, dead or alive.
    private struct Run {
        var ledger = BatchLedger(epoch: 1, committed: .zero, maximumPending: 3)
        var progress = BatchProgress(epoch: 1, committed: .zero)
        var begun: [BatchAttempt] = []
        /// Of those, the ones that were rolled back, told by the model alone.
        var dead: Set<BatchAttempt> = []
        var commits: [BatchAttempt] = []
    }

    private enum Step: Hashable {
        case begin
        case processed(Int)
        case beginCommit
        /// The attempt tries to commit, whether its turn has come or not.
        case commit(Int)
        /// The same, and its success is never heard of: an outcome that stays unknown.
        case commitUnheard(Int)
        case rollback(Int)
    }

    private func explore(_ run: Run, depth: Int, _ path: [Step] = []) -> Int {
        guard depth > 0 else { return 0 }
        var tried = 0
        var steps: [Step] = [.begin, .beginCommit]
        for index in run.begun.indices { steps += [.processed(index), .commit(index), .commitUnheard(index), .rollback(index)] }
        for step in steps {
            tried += 1
            var run = run
            apply(step, &run, path)
            check(run, path + [step])
            tried += explore(run, depth: depth - 1, path + [step])
        }
        return tried
    }

    private func apply(_ step: Step, _ run: inout Run, _ path: [Step]) {
        switch step {
        case .begin:
            guard let attempt = run.ledger.begin() else {
                #expect(run.ledger.pending.count == 3, "\(path)")
                return
            }
            #expect(!run.begun.contains(attempt), "an attempt is begun once: \(path)")
            run.begun.append(attempt)
        case .processed(let index): _ = run.ledger.processed(run.begun[index])
        case .beginCommit:
            guard let attempt = run.ledger.beginCommit() else { return }
            #expect(!run.dead.contains(attempt), "\(path)")
        case .commit(let index), .commitUnheard(let index):
            let attempt = run.begun[index]
            switch run.progress.verdict(on: attempt, isCurrent: run.ledger.isCurrent(attempt)) {
            case .commit:
                #expect(!run.dead.contains(attempt), "a zombie commits: \(path)")
                run.progress.committed = attempt.batch
                run.commits.append(attempt)
            case .alreadyCommitted: #expect(run.commits.contains { $0.batch == attempt.batch }, "\(path)")
            case .outOfOrder: #expect(attempt.batch > run.progress.committed.next, "\(path)")
            case .fenced:
                #expect(run.dead.contains(attempt), "\(attempt) is alive: \(path)")
                return
            }
            if case .commit = step, attempt.batch <= run.progress.committed { _ = run.ledger.committed(attempt.batch) }
        case .rollback(let index):
            let attempt = run.begun[index]
            let over = run.ledger.rollback(attempt)
            // The model: this attempt, if it is alive and not known to be committed, and everything begun behind it.
            let isLive = !run.dead.contains(attempt) && attempt.batch > run.ledger.committed
            let expected =
                isLive ? run.begun.filter { $0.batch >= attempt.batch && !run.dead.contains($0) }.sorted { $0.batch < $1.batch } : []
            #expect(over == expected, "\(path)")
            run.dead.formUnion(expected)
        }
    }

    private func check(_ run: Run, _ path: [Step]) {
        let numbers = run.commits.map(\.batch.rawValue)
        #expect(numbers == run.commits.indices.map { UInt64($0) + 1 }, "in order, each once: \(path)")
        #expect(run.ledger.committed <= run.progress.committed, "\(path)")
        #expect(run.ledger.pending.count <= 3)
        for attempt in run.begun where run.ledger.isCurrent(attempt) { #expect(!run.dead.contains(attempt), "\(path)") }
    }

    @Test("whatever happens in whatever order, batches commit in theirs, each once, and no zombie does")
    func exhaustive() {
        #expect(explore(Run(), depth: 6) > 30_000)
    }

    @Test("batches are processed in parallel, and each commits when its turn has come")
    func turns() throws {
        var ledger = BatchLedger(epoch: 1, committed: BatchID(rawValue: 41), maximumPending: 3)
        let attempts = (0..<4).compactMap { _ in ledger.begin() }
        #expect(attempts.map(\.batch.rawValue) == [42, 43, 44])
        let isNews = [ledger.processed(attempts[1]), ledger.processed(attempts[1])]
        #expect(isNews == [true, false])
        let early = ledger.beginCommit()
        #expect(early == nil, "43 waits for 42")
        _ = ledger.processed(attempts[0])
        let turns = [ledger.beginCommit(), ledger.beginCommit(), ledger.beginCommit()]
        #expect(turns == [attempts[0], attempts[1], nil], "43 does not wait for 42 to be durable, only for its turn")
        let isDurable = ledger.committed(attempts[1].batch)
        #expect(isDurable && ledger.committed.rawValue == 43, "43 durable means 42 durable")
        let over = ledger.rollback(attempts[2])
        #expect(over == [attempts[2]])
        let again = ledger.begin()
        #expect(again == BatchAttempt(epoch: 1, batch: attempts[2].batch, attempt: 1), "what waits comes first")
        let neverBegun = ledger.committed(BatchID(rawValue: 99))
        #expect(!neverBegun)
    }

    @Test("an attempt of another incarnation is a zombie, also when its batch is the next")
    func incarnations() {
        let progress = BatchProgress(epoch: 2, committed: BatchID(rawValue: 5))
        for epoch in UInt64(1)...3 {
            for batch in UInt64(4)...7 {
                for isCurrent in [false, true] {
                    let attempt = BatchAttempt(epoch: epoch, batch: BatchID(rawValue: batch), attempt: 0)
                    let verdict = progress.verdict(on: attempt, isCurrent: isCurrent)
                    let expected: BatchProgress.Verdict =
                        if epoch != 2 { .fenced } else if batch <= 5 { .alreadyCommitted } else if !isCurrent { .fenced } else {
                            batch == 6 ? .commit : .outOfOrder
                        }
                    #expect(verdict == expected, "\(attempt)")
                }
            }
        }
    }
}
