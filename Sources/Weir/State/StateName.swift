import WeirStore

/// A state in a store: the topology it belongs to and its name there.
public struct StateName: Hashable, Sendable, CustomStringConvertible {
    /// The topology: 1 to 64 bytes, without a full stop.
    public let topology: String
    /// The state: 1 to 100 bytes.
    public let name: String

    /// Throws `.invalidName` for a name that no table can carry.
    public init(topology: String, name: String) throws(StateError) {
        try Self.check(topology: topology)
        guard (1...100).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw StateError(.invalidName, "A state's name has 1 to 100 bytes and no zero byte; \(name.utf8.count) bytes were given.")
        }
        self.topology = topology
        self.name = name
    }

    static func check(topology: String) throws(StateError) {
        guard (1...64).contains(topology.utf8.count), !topology.utf8.contains(0), !topology.utf8.contains(UInt8(ascii: ".")) else {
            throw StateError(
                .invalidName, "A topology's name has 1 to 64 bytes, no full stop and no zero byte: \(topology) needs another name.")
        }
    }

    /// The table that its keys are folded into.
    var tableName: String { "state.\(topology).\(name)" }

    /// `topology/name`
    public var description: String { "\(topology)/\(name)" }
}

/// The system tables of keyed state.
///
/// - `weir.states`: Pair(topology, state) -> number (u32): what the journal calls the state.
/// - `weir.journal`: Pair(topology, Pair(transaction ID, chunk)) -> a chunk of a row, see `JournalRow`.
/// - `state.<topology>.<state>`: key -> value, as folded.
enum StateTables {
    typealias Registry = Table<Pair<String, String>, UInt32>
    typealias Journal = Table<Pair<String, Pair<UInt64, UInt32>>, [UInt8]>
    typealias Values = Table<[UInt8], [UInt8]>

    static func registry(_ store: Store) throws(StoreError) -> Registry {
        try store.systemTable("weir.states", key: Pair<String, String>.self, value: UInt32.self)
    }

    static func journal(_ store: Store) throws(StoreError) -> Journal {
        try store.systemTable("weir.journal", key: Pair<String, Pair<UInt64, UInt32>>.self, value: [UInt8].self)
    }

    static func values(_ name: StateName, _ store: Store) throws(StoreError) -> Values {
        try store.systemTable(name.tableName, key: [UInt8].self, value: [UInt8].self)
    }
}
