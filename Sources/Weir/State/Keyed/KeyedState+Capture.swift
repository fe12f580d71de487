import Synchronization

extension KeyedState {
    /// At a batch's end: adds the batch's changes to the fragment, and the keys that are due to be folded with it.
    ///
    /// Every task calls this for every batch, whether it changed something or not: the journal's tail shrinks only as far as all of
    /// them have folded. O(keys changed + keys folded).
    package func capture(into fragment: inout JournalFragment) {
        core.pointee.refuseWhileLent()
        fragment.makeUnique()
        let storage = fragment.storage
        core.pointee.settle(durable: ticket.durable.load(ordering: .acquiring))
        core.pointee.captures += 1
        let changes = core.pointee.dirty.count
        let before = storage.changes.count
        storage.changes.reserve(core.pointee.lastCaptureBytes)
        core.pointee.drainDirty(state: ticket.state, into: &storage.changes)
        let bytes = storage.changes.count - before
        core.pointee.lastCaptureBytes = bytes
        let appended = gauge.appended.add(UInt64(bytes), ordering: .acquiringAndReleasing).newValue
        dropOverlayIfRetired()
        let folds = core.pointee.overlay == nil && gauge.overlayRetired.load(ordering: .acquiring) ? fold(appended, &storage.folds) : 0
        storage.sections.append(
            JournalFragment.Section(
                ticket: ticket, capture: core.pointee.captures, foldedThrough: core.pointee.queue.foldedThrough, changes: changes,
                folds: folds))
        keepMemoryLimit()
    }

    private func fold(_ appended: UInt64, _ folds: inout JournalBuffer) -> Int {
        let most = max(1, foldLimit / max(1, gauge.states.load(ordering: .relaxed)))
        return core.pointee.fold(state: ticket.state, appended: appended, tail: gauge.tail, most: most, into: &folds)
    }

    private func keepMemoryLimit() {
        core.pointee.isPressed = false
        guard core.pointee.memory > core.pointee.memoryLimit else { return }
        core.pointee.relieve(steps: 32 << 10)
        guard core.pointee.memory > core.pointee.memoryLimit else { return }
        core.pointee.isPressed = true
        gauge.hurry.store(true, ordering: .releasing)
    }
}

extension StateCore {
    mutating func drainDirty(state: UInt32, into changes: inout JournalBuffer) {
        guard !dirty.isEmpty else { return }
        changes.begin(state: state)
        for record in dirty {
            changes.append(record.key, map.value(of: record))
            record.pointee.flags &= ~Flag.dirty
        }
        // What one huge batch needed is given back.
        dirty.removeAll(keepingCapacity: dirty.capacity <= 64 << 10 || dirty.count * 8 > dirty.capacity)
    }

    mutating func fold(state: UInt32, appended: UInt64, tail: Int, most: Int, into folds: inout JournalBuffer) -> Int {
        let before = queue.folded
        let begin = folds.count
        queue.fold(
            capture: captures, appended: appended, tail: tail, rushed: isPressed, most: most, map: map, state: state, into: &folds)
        assert(folds.count > begin || queue.folded == before)
        return Int(queue.folded - before)
    }
}

extension FoldQueue {
    mutating func fold(
        capture: UInt64, appended: UInt64, tail: Int, rushed: Bool, most: Int, map: borrowing ByteMap, state: UInt32,
        into folds: inout JournalBuffer
    ) {
        var named = false
        fold(capture: capture, appended: appended, tail: tail, rushed: rushed, most: most) { record in
            if !named { folds.begin(state: state) }
            named = true
            folds.append(record.key, map.value(of: record))
            record.pointee.flags &= ~StateCore.Flag.unfolded
            record.pointee.marks += 1
        }
    }
}
