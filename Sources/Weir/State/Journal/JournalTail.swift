import WeirStore

/// The rows of a topology's journal as they come out of the table, put together again and checked against each other.
///
/// A pure function of the chunks given to it: garbage, gaps and truncations are typed errors, never traps.
struct JournalTail: ~Copyable {
    struct Row {
        let id: UInt64
        let firstChunk: UInt32
        let header: JournalRowHeader
        fileprivate let begin: Int
    }

    private(set) var rows: [Row] = []
    private var entries = JournalBuffer()
    private var lastKey: (id: UInt64, chunk: UInt32)?
    /// Of the row that is being read.
    private var chunksLeft: UInt32 = 0

    var entryBytes: Int { entries.count }

    /// Takes the next chunk, in key order.
    mutating func append(_ id: UInt64, _ chunk: UInt32, _ bytes: UnsafeRawBufferPointer) throws(StateError) {
        let header = try JournalRowHeader(bytes)
        if let lastKey {
            let follows = id == lastKey.id ? chunk == lastKey.chunk &+ 1 && chunk != 0 : id > lastKey.id && chunk == 0
            guard follows else {
                throw .corrupt(
                    "Chunk \(chunk) of transaction \(id) follows chunk \(lastKey.chunk) of transaction \(lastKey.id) in the state journal.")
            }
        }
        if chunksLeft > 0, let row = rows.last {
            var expected = row.header
            expected.chunk = row.header.chunks - chunksLeft
            guard header == expected, id == row.id else {
                throw .corrupt("A row of the state journal, of transaction \(row.id), is not complete.")
            }
        } else {
            try begin(Row(id: id, firstChunk: chunk, header: header, begin: entries.count))
        }
        lastKey = (id, chunk)
        entries.append(raw: UnsafeRawBufferPointer(rebasing: bytes[JournalRowHeader.bytes...]))
        chunksLeft = header.chunks - header.chunk - 1
        if chunksLeft == 0, let row = rows.last, entries.count - row.begin != Int(header.length) {
            throw .corrupt(
                "A row of the state journal, of transaction \(id), has \(entries.count - row.begin) bytes, not \(header.length)."
            )
        }
    }

    private mutating func begin(_ row: Row) throws(StateError) {
        guard row.header.chunk == 0 else { throw .corrupt("A row of the state journal, of transaction \(row.id), has lost its beginning.") }
        if let last = rows.last?.header {
            let counts = row.header.incarnation == last.incarnation && row.header.sequence == last.sequence &+ 1
            guard counts || (row.header.incarnation > last.incarnation && row.header.sequence == 0) else {
                throw .corrupt(
                    """
                    The state journal has row \(row.header.sequence) of incarnation \(row.header.incarnation) \
                    after row \(last.sequence) of incarnation \(last.incarnation): rows between them are lost.
                    """)
            }
        }
        rows.append(row)
    }

    /// No more chunks follow.
    borrowing func finish() throws(StateError) {
        guard chunksLeft == 0 else { throw .corrupt("The last row of the state journal lacks \(chunksLeft) of its chunks.") }
    }

    /// A row's entries, valid as long as this is. They are read row by row: none runs from one into the next.
    borrowing func entries(of row: Row) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: entries.bytes[row.begin..<row.begin + Int(row.header.length)])
    }
}

extension JournalTail {
    /// Reads all rows of one topology. O(bytes of the tail).
    init<Access>(_ keys: JournalKeys, _ table: RawTable, in transaction: borrowing StoreTransaction<Access>) throws {
        self.init()
        var chunks: Result<Void, StateError> = .success(())
        try keys.withKey(0, 0) { from in
            try transaction.scanRaw(table, from: from) { key, value, _ in
                guard let place = keys.parse(key) else { return .stop }
                do throws(StateError) { try self.append(place.id, place.chunk, value) } catch {
                    chunks = .failure(error)
                    return .stop
                }
                return .next
            }
        }
        try chunks.get()
        try finish()
    }
}
