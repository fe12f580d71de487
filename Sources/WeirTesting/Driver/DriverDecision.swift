/// One decision of a driver's scheduler.
public struct DriverDecision: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: Hashable {
        case task(String, Int), time, commit(Int), acknowledge, restart, crash
    }
    private let kind: Kind

    /// A task runs.
    static func task(_ component: String, _ task: Int) -> DriverDecision { DriverDecision(kind: .task(component, task)) }
    /// Time has passed, and the supervisor looks at the clock.
    static let time = DriverDecision(kind: .time)
    /// So many batches are written, as one group.
    static func commit(_ count: Int) -> DriverDecision { DriverDecision(kind: .commit(count)) }
    /// The tasks hear what became of a batch.
    static let acknowledge = DriverDecision(kind: .acknowledge)
    /// The attempt has failed, and the next one begins.
    static let restart = DriverDecision(kind: .restart)
    /// The process ends.
    static let crash = DriverDecision(kind: .crash)

    /// A word or two.
    public var description: String {
        switch kind {
        case .task(let component, let task): "\(component)[\(task)]"
        case .time: "time"
        case .commit(let count): "commit \(count)"
        case .acknowledge: "acknowledge"
        case .restart: "restart"
        case .crash: "crash"
        }
    }
}
