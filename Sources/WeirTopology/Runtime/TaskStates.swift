import Weir

/// The keyed states of one task.
final class TaskStates {
    private let journal: StateJournal
    private let task: Int
    private var states: [(name: String, state: KeyedState)] = []

    init(journal: StateJournal, task: Int) {
        self.journal = journal
        self.task = task
    }

    func state(named name: String) throws -> KeyedState {
        if let known = states.first(where: { $0.name == name }) { return known.state }
        let state = try journal.state(name, task: task)
        states.append((name, state))
        return state
    }

    /// What changed since the last time.
    func capture() -> JournalFragment? {
        guard !states.isEmpty else { return nil }
        var fragment = JournalFragment()
        for (_, state) in states { state.capture(into: &fragment) }
        return fragment
    }
}
