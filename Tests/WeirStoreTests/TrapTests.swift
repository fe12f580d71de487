import Foundation
import SystemPackage
import Testing

@testable import WeirStore

/// Misuse that the compiler cannot refuse ends the process with a sentence; it never hangs.
@Suite("What must trap")
struct TrapTests {
    @Test("a write within a write")
    func nestedWrite() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try Misuse.nestedWrite()
        }
        #expect(says(result, "A write was begun within a write"))
    }

    @Test("a write transaction used on another thread")
    func otherThread() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let account = WriteAccount(configuration: .init(), thread: .current)
            // A transaction cannot be sent to another thread without a lie like this one.
            nonisolated(unsafe) let smuggled = account
            let done = Monitor(false)
            try DedicatedThread.start(for: "the test") {
                try? smuggled.spend(key: 1, value: 1, puts: true)
                done.withLock(wake: true) { $0 = true }
            }
            _ = done.wait { $0 ? true : nil }
        }
        #expect(says(result, "used on another thread"))
    }

    @Test("closing from within a write")
    func closingWithin() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try Misuse.closingWithin()
        }
        #expect(says(result, "closed from within a write"))
    }

    @Test("opening a new table from within a write")
    func tableWithin() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try Misuse.tableWithin()
        }
        #expect(says(result, "A write was begun within a write"))
    }

    @Test("a store that was opened before a fork, used in the child")
    func fork() async {
        await #expect(processExitsWith: .success) {
            try Misuse.fork()
        }
    }

    @Test("a file-size limit is an error, not a signal")
    func fileSizeLimit() async {
        await #expect(processExitsWith: .success) {
            try Misuse.fileSizeLimit()
        }
    }

    private func says(_ result: ExitTest.Result?, _ sentence: String) -> Bool {
        guard let bytes = result?.standardErrorContent else { return false }
        return String(decoding: bytes, as: UTF8.self).contains(sentence)
    }
}

/// What the tests above run in a process of their own. Blocking, as a program without async code would do it.
private enum Misuse {
    static func nestedWrite() throws {
        let store = try Store.open(at: FilePath(NSTemporaryDirectory() + "weir-trap-" + UUID().uuidString))
        try store.write { _ in try store.write { _ in } }
    }

    static func closingWithin() throws {
        let store = try Store.open(at: FilePath(NSTemporaryDirectory() + "weir-trap-" + UUID().uuidString))
        try store.write { _ in store.close() }
    }

    static func tableWithin() throws {
        let store = try Store.open(at: FilePath(NSTemporaryDirectory() + "weir-trap-" + UUID().uuidString))
        try store.write { _ in _ = try store.table("new", key: UInt64.self, value: UInt64.self) }
    }

    static func fork() throws {
        let store = try Store.open(at: FilePath(NSTemporaryDirectory() + "weir-trap-" + UUID().uuidString))
        let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "fork")
        // The symbol is the C function of that name, which Swift itself does not offer.
        let fork = unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)
        let child = fork()
        if child == 0 {
            _ = try? store.read { $0.transactionID }
            _exit(0)
        }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        // Killed by the trap's signal, not ended by _exit.
        exit(status & 0x7F != 0 ? EXIT_SUCCESS : EXIT_FAILURE)
    }

    static func fileSizeLimit() throws {
        let store = try Store.open(at: FilePath(NSTemporaryDirectory() + "weir-limit-" + UUID().uuidString))
        let table = try store.table("t", key: UInt64.self, value: [UInt8].self)
        var limit = rlimit(rlim_cur: 1 << 20, rlim_max: rlim_t(1 << 30))
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        var code: StoreError.Code?
        for i in 0..<2000 as Range<UInt64> where code == nil {
            do { try store.write { try $0.put([UInt8](repeating: 1, count: 4000), for: i, in: table) } } catch {
                code = (error as? StoreError)?.code
            }
        }
        guard code == .diskFull else { exit(2) }
        let before = try store.read { try $0.count(table) }
        limit.rlim_cur = 1 << 30
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        try store.write { try $0.put([1], for: 1_000_000, in: table) }
        guard try store.read({ try $0.count(table) }) == before + 1, try Store.verify(at: store.path).isSound else { exit(3) }
        exit(EXIT_SUCCESS)
    }
}
