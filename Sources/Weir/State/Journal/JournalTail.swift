import WeirStore

/// The rows of a topology's journal as they come out of the table, put together again and checked against each other.
///
/// A pure function of the chunks given to it: garbage, gaps and truncations are typed errors, never traps. A row is handed on as soon as
/// its last chunk is there and is not kept: a tail of 16 MiB needs no more memory than its longest row, and what is read is still in the
/// caches when it is used. (Kept as a whole, a third of a recovery went into getting that memory.)
struct JournalTail: ~Copyable {
    struct Row {
        let id: UInt64
        let firstChunk: UInt32
        let header: JournalRowHeader
    }

    private(set) var rows: [Row] = []
    /// The entries of the row that is being read, when it has several chunks.
    private var entries = JournalBuffer()
    private var lastKey: (id: UInt64, chunk: UInt32)?
    /// Of the row that is being read.
    private var chunksLeft: UInt32 = 0

    /// Takes the next chunk, in key order. Lends the row's entries to `take` when it is complete: none runs from one row into the next.
    mutating func append(
        _ id: UInt64, _ chunk: UInt32, _ bytes: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) throws(StateError) -> Void
    ) throws(StateError) {
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
            try begin(Row(id: id, firstChunk: chunk, header: header))
        }
        lastKey = (id, chunk)
        chunksLeft = header.chunks - header.chunk - 1
        let piece = UnsafeRawBufferPointer(rebasing: bytes[JournalRowHeader.bytes...])
        if header.chunks == 1 { return try end(piece, header, id, take) }
        entries.append(raw: piece)
        if chunksLeft == 0 { try end(entries.bytes, header, id, take) }
    }

    private func end(
        _ entries: UnsafeRawBufferPointer, _ header: JournalRowHeader, _ id: UInt64,
        _ take: (UnsafeRawBufferPointer) throws(StateError) -> Void
    ) throws(StateError) {
        guard entries.count == Int(header.length) else {
            throw .corrupt("A row of the state journal, of transaction \(id), has \(entries.count) bytes, not \(header.length).")
        }
        try take(entries)
    }

    private mutating func begin(_ row: Row) throws(StateError) {
        entries.removeAll()
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
}

extension JournalTail {
    /// Reads all rows of one topology, and lends the entries of each to `take`, oldest first. O(bytes of the tail).
    init<Access>(
        _ keys: JournalKeys, _ table: RawTable, in transaction: borrowing StoreTransaction<Access>,
        _ take: (UnsafeRawBufferPointer) throws(StateError) -> Void
    ) throws {
        self.init()
        var chunks: Result<Void, StateError> = .success(())
        try keys.withKey(0, 0) { from in
            try transaction.scanRaw(table, from: from) { key, value, _ in
                guard let place = keys.parse(key) else { return .stop }
                do throws(StateError) { try self.append(place.id, place.chunk, value, take) } catch {
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
