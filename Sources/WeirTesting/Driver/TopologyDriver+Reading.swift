import Weir
public import WeirStore
public import WeirTopology

// What a topology under test has come to, as of its last commit: what is not committed is nowhere but in the tasks.

extension TopologyDriver {
    /// A bolt's keyed state by the bytes of its keys, all tasks together; empty when it never had a key.
    public func state(of bolt: String) throws -> [[UInt8]: [UInt8]] {
        do {
            let view = try StateView(bolt, of: topology.name, in: store)
            return try store.read { snapshot in
                var contents: [[UInt8]: [UInt8]] = [:]
                try view.scan(in: snapshot) { key, value in
                    contents[[UInt8](key)] = [UInt8](value)
                    return .next
                }
                return contents
            }
        } catch let error as StateError where error.code == .notFound {
            return [:]
        }
    }

    /// A counter in a bolt's state, 0 for a key without one.
    public func count<K: StorageKey>(of key: K, in bolt: String) throws -> Int64 {
        let view = try StateView(bolt, of: topology.name, in: store)
        return try store.read { try view.count(of: key, in: $0) }
    }

    /// Where a spout's partition goes on; 0 when nothing of it is committed.
    public func offset(of spout: String, partition: UInt32 = 0) throws -> UInt64 {
        let source = topology.source(of: spout)
        return try store.read { try $0.offset(of: source, partition: partition)?.next ?? 0 }
    }

    /// The tuples that were emitted on a stream in batches that are committed, in the order of the commits. The stream must be one of `Options.captured`.
    ///
    /// With exactly-once each tuple is here once, whatever happened; with at-least-once a tuple that was replayed may be here again.
    public func output(of component: String, stream: String = StreamDeclaration.defaultName) -> [CapturedTuple] {
        captures[StreamName(component, stream: stream)]?.tuples ?? []
    }
}
