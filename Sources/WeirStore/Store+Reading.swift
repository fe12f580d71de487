extension Store {
    /// Runs `body` on a consistent snapshot of the newest commit, on this thread. Never blocks a writer, and no writer blocks it.
    ///
    /// The snapshot keeps the pages it shows from being reused: keep the scope short. One that lasts longer than the
    /// configuration's `longReadAfter` is reported with the place that began it. Do not wait for a write within it: after a device error the files are opened
    /// again, which waits for every read to end, and fails with `.outcomeUnknown` when one lasts so long. Reading maps pages in and so may wait for the disk: from async
    /// code use the form that is awaited. O(1) to begin.
    @available(*, noasync, message: "reading may wait for the disk: in async code, await it")
    public func read<R>(
        file: StaticString = #fileID, line: UInt = #line, _ body: (borrowing Snapshot) throws -> R
    ) throws -> R {
        try engine.read("\(file):\(line)", body)
    }

    /// Runs `body` on a consistent snapshot, on a thread of the store's.
    public func read<R: Sendable>(
        file: StaticString = #fileID, line: UInt = #line, _ body: @escaping @Sendable (borrowing Snapshot) throws -> R
    ) async throws -> R {
        let engine = engine
        return try await withCheckedThrowingContinuation { continuation in
            engine.readers.enqueue {
                continuation.resume(with: Result { try engine.read("\(file):\(line)", body) })
            } refused: {
                continuation.resume(throwing: $0)
            }
        }
    }
}
