// A keyed state belongs to one task; another thread would change it while that task does.
// expect: passing closure as a 'sending' parameter risks causing data races
import Weir

final class Sharing {
    let counts: KeyedState
    init(_ counts: KeyedState) { self.counts = counts }

    func share() {
        _ = Task.detached { try self.counts.add(1, to: "weir") }
    }
}
