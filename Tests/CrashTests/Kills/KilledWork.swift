import SystemPackage
import WeirStore
import WeirTesting

/// What lives that are killed do together: one store, from its making until all is done.
protocol KilledWork {
    /// What the next life is started with. Its input is at most what a pipe holds (64 KiB).
    mutating func begin(on store: String, using random: inout SeededGenerator) throws -> (arguments: [String], input: String)

    /// What a life said before it ended or was killed: whole lines, in order. Throws a `Violation` when it cannot be true.
    mutating func hear(_ lines: [String]) throws

    /// Whether all is done, when a life has come to its end by itself.
    var isDone: Bool { get }

    /// Compares what is in the store with what must be there. Throws a `Violation` when it is not.
    func check(_ store: String) throws
}

extension KilledWork {
    var isDone: Bool { true }
    mutating func hear(_ lines: [String]) throws {}
}

/// A promise that was not kept.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Store {
    /// Opens a store that nobody writes to, to compare it with an oracle.
    static func inspecting<R>(_ path: String, _ body: (Store) throws -> R) throws -> R {
        let store = try Store.open(at: FilePath(path), configuration: .init(access: .readOnly))
        defer { store.close() }
        return try body(store)
    }
}
