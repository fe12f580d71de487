import Synchronization
import Weir
import WeirStore

extension SpoutTaskBase {
    /// Has a partition emit what comes next: one root.
    func emit(_ index: Int, budget: Int) throws -> SpoutStatus {
        let start = partitions[index].position
        prepareCursor(index, from: start)
        cursor.pointee.budget = budget
        if !services.poison.isEmpty {
            let number = partitions[index].number
            cursor.pointee.poison = services.poison.lazy
                .filter { $0.component == self.component && $0.partition == number && $0.offset >= start }.map(\.offset).min()
                .map { $0..<$0 + 1 }
        }
        let root = beginRoot(index)
        let status = try call(index)
        let (end, taken) = (cursor.pointee.position, cursor.pointee.taken)
        if services.isLimited {
            giveBack(budget - taken)
            if taken == 1 {
                let origin = BatchFailurePolicy.Origin(
                    component: component, partition: partitions[index].number, offset: cursor.pointee.lastOffset)
                services.lastOrigin.withLock { $0 = origin }
            }
        }
        takeDeadLetter(index, attempts: services.configuration.maximumAttempts)
        partitions[index].position = end
        emitted += taken
        audit.received += taken
        if services.guarantee == .atLeastOnce, end > start {
            let edges = endRoot(root)
            partitions[index].window.emitted(start..<end, root: edges == nil ? 0 : root, tuples: taken)
            if let edges, services.ackers.begin(root, edges: edges, owner: setup.owner) { partitions[index].window.processed(root) }
        }
        emitter.pointee.flush()
        if end > start || taken > 0 { services.noteActivity() }
        return status
    }

    /// Has a partition emit a failed range again, or its beginning; a tuple that failed too often by itself goes to the dead letters.
    func emit(_ index: Int, replaying replay: PendingWindow.Replay) throws {
        let attempts = services.configuration.maximumAttempts
        try approach(index, replay.range.lowerBound)
        prepareCursor(index, from: replay.range.lowerBound)
        cursor.pointee.end = replay.range.upperBound
        // A range that fails again and again is taken apart: its tuples become roots of their own.
        let isAlone = replay.failures >= attempts
        if isAlone { cursor.pointee.budget = 1 }
        if replay.failures >= 2 * attempts { cursor.pointee.poison = replay.range }
        let root = beginRoot(index)
        let status = try call(index)
        let taken = cursor.pointee.taken
        // The range stays failed, so that the next step goes on.
        if isOnItsWay(to: replay.range.lowerBound, status) {
            _ = endRoot(root)
            return
        }
        // With nothing taken the rest of the range is empty, so all of it is done.
        let end = taken == 0 ? replay.range.upperBound : cursor.pointee.position
        takeDeadLetter(index, attempts: replay.failures)
        replayed += taken
        let edges = endRoot(root)
        partitions[index].window.replayed(replay.range.lowerBound..<end, root: edges == nil ? 0 : root, tuples: taken)
        if let edges, services.ackers.begin(root, edges: edges, owner: setup.owner) { partitions[index].window.processed(root) }
        try goOn(index)
        emitter.pointee.flush()
        services.noteActivity()
    }

    /// Has a partition emit the tuple of its first dead letter again, and go back to where it was. In the same commit the letter is taken out; when the tuple
    /// fails again by itself, it becomes a new letter in that commit.
    func emit(_ index: Int, retrying retry: Retry, budget: Int) throws {
        let (number, offset) = (partitions[index].number, retry.letter.offset)
        try approach(index, offset)
        prepareCursor(index, from: offset)
        cursor.pointee.end = retry.letter.next
        cursor.pointee.budget = 1
        let origin = BatchFailurePolicy.Origin(component: component, partition: number, offset: offset)
        if services.poison.contains(origin) { cursor.pointee.poison = offset..<retry.letter.next }
        let status = try call(index)
        if isOnItsWay(to: offset, status) { return giveBack(services.isLimited ? budget : 0) }
        partitions[index].retries.removeFirst()
        let taken = cursor.pointee.taken
        if services.isLimited {
            giveBack(budget - taken)
            if taken == 1 { services.lastOrigin.withLock { $0 = origin } }
        }
        takeDeadLetter(index, attempts: services.configuration.maximumAttempts)
        emitted += taken
        audit.received += taken
        // Where the source no longer has the tuple, the letter is all that is left of it: it stays.
        if taken == 1 { emitter.pointee.staged.append(retry.take) }
        try goOn(index)
        emitter.pointee.flush()
        services.noteActivity()
    }

    /// Has a spout go back to what is to be emitted again, unless it is on its way there: one that begins at 0 each time would never arrive.
    private func approach(_ index: Int, _ offset: UInt64) throws {
        if let target, target == (index, offset) { return }
        target = (index, offset)
        try callSeek(partitions[index].number, offset, [])
    }

    /// Whether the spout went back further than it was asked to and returned before it was there again. What it has not come to yet is not missing: it is
    /// called again, one call a step, so that other work goes on.
    private func isOnItsWay(to offset: UInt64, _ status: SpoutStatus) -> Bool {
        let cursor = cursor.pointee
        return status == .emitted && cursor.taken == 0 && !cursor.isFull && (cursor.skipped > 0 || cursor.position > offset)
    }

    /// What was to be emitted again is: the spout goes on where it was.
    private func goOn(_ index: Int) throws {
        target = nil
        try callSeek(partitions[index].number, partitions[index].position, [])
    }

    private func prepareCursor(_ index: Int, from offset: UInt64) {
        var fresh = SourceCursor(emitter: emitter, seed: setup.seed)
        fresh.partition = partitions[index].number
        fresh.source = UInt32(partitions[index].source)
        fresh.position = offset
        fresh.room = services.configuration.arenaBytes * 3 / 4
        cursor.pointee = fresh
    }

    private func call(_ index: Int) throws -> SpoutStatus {
        let status = try callNext(partitions[index].number)
        try emitter.pointee.throwFailure()
        skipped += cursor.pointee.skipped
        return status
    }

    private func beginRoot(_ index: Int) -> UInt64 {
        guard services.guarantee == .atLeastOnce else { return 0 }
        let root = emitter.pointee.tracking.newRoot()
        emitter.pointee.trace.root = root
        emitter.pointee.trace.source = UInt32(partitions[index].source)
        return root
    }

    /// The XOR of the edges that the emission made; nil when it made none.
    private func endRoot(_ root: UInt64) -> UInt64? {
        emitter.pointee.trace = Trace()
        let dues = emitter.pointee.tracking.dues
        emitter.pointee.tracking.dues.removeAll(keepingCapacity: true)
        return dues.isEmpty ? nil : dues.reduce(0) { $0 ^ $1.edges }
    }

    private func takeDeadLetter(_ index: Int, attempts: Int) {
        guard let poisoned = cursor.pointee.poisoned else { return }
        let number = partitions[index].number
        let failure = services.lastFailure.withLock { $0 }
        let letter = DeadLetter(
            source: setup.source, partition: number, offset: poisoned.offset, next: poisoned.next, component: failure.component,
            reason: failure.reason, attempts: UInt32(clamping: attempts), time: services.configuration.surroundings.wallClock.now(),
            row: poisoned.row)
        letters.append((letter, BatchFailurePolicy.Origin(component: component, partition: number, offset: poisoned.offset)))
    }
}
