import LMDB
import Synchronization
import SystemPackage

/// Everything behind an open store: the environment, its readers, and, where it may write, the committer's queue.
///
/// Outlives the `Store` that users hold until the committer's thread has closed the files.
final class Engine: Sendable {
    let folder: StoreFolder
    let configuration: StoreConfiguration
    let identity: [UInt8]
    let gate: ReadGate
    /// The environment of a store that only reads; that of a writing one belongs to the committer.
    private let environmentForReading: Environment?
    let tables: OpenTables
    let queue: Monitor<WriteQueue>
    let statistics = CommitStatistics()
    #if DEBUG
        let faults = CommitFaults()
    #endif
    /// The newest commit, and the epoch it belongs to.
    let committed: Atomic<UInt64>
    let epoch: Atomic<UInt64>
    /// The committer's thread, once it runs; a write from within a write is told by it.
    let committerThread = Mutex<ThreadIdentity?>(nil)
    /// Where reads run whose callers may not wait.
    let readers = WorkQueue(threads: 2, limit: 16_384)
    /// Held while a process that only reads opens a table.
    let opening = Mutex(())
    /// True once the files are closed.
    let isClosed = Monitor(false)
    private let whenClosed = Mutex<[@Sendable () -> Void]?>([])
    private let process = SystemFiles.processID

    init(
        folder: StoreFolder, configuration: StoreConfiguration, head: StoreHead, environment: Environment, tables: OpenTables
    ) {
        self.folder = folder
        self.configuration = configuration
        environmentForReading = configuration.access == .readOnly ? environment : nil
        identity = head.identity
        gate = ReadGate(environment)
        self.tables = tables
        queue = Monitor(WriteQueue(limit: configuration.maximumWaitingWrites))
        committed = Atomic(head.transactionID.rawValue)
        epoch = Atomic(head.epoch)
    }

    var isCommitterThread: Bool { committerThread.withLock { $0?.isCurrent ?? false } }

    /// LMDB's locks do not survive a fork.
    func checkProcess() {
        precondition(
            SystemFiles.processID == process,
            "The store at \(folder.path) was opened before a fork and is used in the child. Open it in the child, after the fork.")
    }

    /// Runs `body` on a snapshot. The snapshot ends with it.
    func read<R>(_ place: @autoclosure () -> String, _ body: (borrowing Snapshot) throws -> R) throws -> R {
        checkProcess()
        var ticket = try gate.enter(place())
        defer { gate.leave(ticket) }
        let raw = try begin(&ticket, place())
        let head = try StoreHead.read(raw, tables.head)
        let snapshot = Snapshot(raw: raw, tables: tables, transactionID: head?.transactionID ?? .zero, account: nil)
        do {
            let result = try body(snapshot)
            gate.end(snapshot.end(), ticket)
            return result
        } catch {
            gate.end(snapshot.end(), ticket)
            throw error
        }
    }

    /// A failed commit may just have poisoned the environment: then the committer is about to close the gate, and the next try waits there.
    private func begin(_ ticket: inout ReadGate.Ticket, _ place: String) throws(StoreError) -> RawTransaction {
        for _ in 0..<1000 {
            do throws(StoreError) { return try gate.begin(ticket) } catch {
                guard error.rawCode == LMDBError.panic else { throw error }
                gate.leave(ticket)
                SystemFiles.pause(milliseconds: 1)
                ticket = try gate.enter(place)
            }
        }
        return try gate.begin(ticket)
    }

    func enqueue(_ job: WriteJob) throws(StoreError) { try enqueue([job]) }

    /// All of them or none.
    func enqueue(_ jobs: [WriteJob]) throws(StoreError) {
        checkProcess()
        guard configuration.access == .readWrite else {
            throw StoreError(.readOnly, "The store at \(folder.path) was opened for reading only: open it with access .readWrite.")
        }
        try calling("enqueue a write") { try queue.withLock(wake: true) { try $0.append(jobs) } }
    }

    /// Takes no more work. The committer's thread ends what was begun and closes the files; without one, this does.
    func stop() {
        let first = queue.withLock(wake: true) { queue in
            defer { queue.stop() }
            return !queue.isStopped
        }
        readers.stop()
        guard first, environmentForReading != nil else { return }
        @Sendable func finish() {
            closeEnvironment()
            closed()
        }
        // The last reference may have gone on a thread that must not wait.
        do throws(StoreError) { try DedicatedThread.start(for: "closing a store", finish) } catch { finish() }
    }

    /// Of a store that only reads: waits for the last reader, then closes the files.
    func closeEnvironment() {
        gate.close { reportClosing($0) }
        gate.shut(StoreError(.closed, "The store at \(folder.path) is closed: open it again."))
        environmentForReading?.close()
    }

    /// The files are closed: whoever waits for it goes on.
    func closed() {
        OpenStores.remove(self)
        isClosed.withLock(wake: true) { $0 = true }
        let waiting = whenClosed.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        for resume in waiting ?? [] { resume() }
    }

    func whenClosed(_ resume: @escaping @Sendable () -> Void) {
        let isWaiting = whenClosed.withLock { waiting in
            waiting?.append(resume)
            return waiting != nil
        }
        if !isWaiting { resume() }
    }

    func report(_ kind: StoreEvent.Kind, _ message: String) { configuration.onEvent?(StoreEvent(kind, message)) }
}
