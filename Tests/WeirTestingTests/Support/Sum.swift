import Synchronization

/// A sum outside of any store.
final class Sum: Sendable {
    private let value = Mutex<UInt64>(0)

    func reset() { value.withLock { $0 = 0 } }

    func add(_ amount: UInt64) -> UInt64 {
        value.withLock { value in
            value += amount
            return value
        }
    }
}
