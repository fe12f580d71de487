import Foundation
public import SystemPackage
public import WeirStore

/// A new folder under the system's temporary one, readable by its owner alone, and removed afterwards.
///
/// With `inMemory` it lies in memory where the system has a place for that (`/dev/shm` on Linux): for thousands of small stores that need not outlive
/// anything, since flushes cost nothing there.
public func withTemporaryFolder<R>(inMemory: Bool = false, _ body: (FilePath) throws -> R) throws -> R {
    let folder = try TemporaryFolder(inMemory: inMemory)
    defer { folder.remove() }
    return try body(folder.path)
}

/// The same for async code.
public nonisolated(nonsending) func withTemporaryFolder<R>(_ body: (FilePath) async throws -> R) async throws -> R {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    return try await body(folder.path)
}

/// A store in a new folder: given to `body`, then verified, closed and removed. A store that does not verify throws `.corrupt`, with what is wrong with it.
///
/// Its durability is `.processCrashOnly` unless said otherwise: a test does not outlive a power cut. `body` may close it; where it damages it on purpose,
/// use `withTemporaryFolder`.
@available(*, noasync)
public func withTemporaryStore<R>(
    configuration: StoreConfiguration = .init(durability: .processCrashOnly), _ body: (Store) throws -> R
) throws -> R {
    try withTemporaryFolder { folder in
        let store = try Store.open(at: folder.appending("store"), configuration: configuration)
        defer { store.close() }
        let result = try body(store)
        try requireSound(store.path)
        return result
    }
}

/// The same for async code.
public nonisolated(nonsending) func withTemporaryStore<R>(
    configuration: StoreConfiguration = .init(durability: .processCrashOnly), _ body: (Store) async throws -> R
) async throws -> R {
    try await withTemporaryFolder { folder in
        let store = try await Store.open(at: folder.appending("store"), configuration: configuration)
        do {
            let result = try await body(store)
            let path = store.path
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                do {
                    try DedicatedThread.start(for: "verifying a store") { continuation.resume(with: Result { try requireSound(path) }) }
                } catch { continuation.resume(throwing: error) }
            }
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }
}

/// Throws `.corrupt` with everything that `Store.verify` finds wrong.
@available(*, noasync)
public func requireSound(_ path: FilePath) throws {
    let report = try Store.verify(at: path)
    guard report.isSound else {
        throw StoreError(.corrupt, "The store at \(path) does not verify: \(report.problems.joined(separator: "; "))")
    }
}

struct TemporaryFolder {
    let path: FilePath

    init(inMemory: Bool = false) throws {
        let memory = "/dev/shm/"
        let parent = inMemory && FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        let name = parent + "weir-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: name, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        path = FilePath(name)
    }

    /// What is left in the temporary folder harms nobody.
    func remove() { try? FileManager.default.removeItem(atPath: path.string) }
}
