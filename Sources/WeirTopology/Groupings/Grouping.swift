/// How the tuples of a stream are spread over a bolt's tasks. Storm's groupings, with Storm's names.
public struct Grouping: Sendable {
    enum Kind: Sendable {
        case shuffle, localOrShuffle, all, global, direct
        case fields([String])
        case partialKey([String])
        case custom(CustomGrouping)
    }
    let kind: Kind

    /// To each task in turn, a batch at a time: the tasks get equally many bytes. A consumer that is wrapped in `ExactlyOnce` in an
    /// at-least-once topology gets a tuple at the same task each time it is replayed.
    public static let shuffle = Grouping(kind: .shuffle)
    /// The same as `shuffle`: all tasks are in this process.
    public static let localOrShuffle = Grouping(kind: .localOrShuffle)
    /// Says that it does not matter. The same as `shuffle`.
    public static let none = Grouping(kind: .shuffle)
    /// To every task.
    public static let all = Grouping(kind: .all)
    /// To the first task.
    public static let global = Grouping(kind: .global)
    /// To the task that the emitter names; the stream must be declared `isDirect`.
    public static let direct = Grouping(kind: .direct)
    /// Equal values of these fields go to the same task: what a keyed state needs.
    public static func fields(_ names: [String]) -> Grouping { Grouping(kind: .fields(names)) }
    /// Equal values of these fields go to one of two tasks, the one that got less from this task so far: for skewed keys.
    public static func partialKey(_ names: [String]) -> Grouping { Grouping(kind: .partialKey(names)) }
    /// To the task that a function chooses.
    public static func custom(_ choose: @escaping CustomGrouping) -> Grouping { Grouping(kind: .custom(choose)) }
}

/// Chooses a task, from 0 up to `tasks`. The same tuple should give the same task. Called for every tuple: be quick.
public typealias CustomGrouping = @Sendable (_ tuple: borrowing Tuple, _ tasks: Int) -> Int
