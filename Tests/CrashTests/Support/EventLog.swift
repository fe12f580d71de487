import Foundation
import Synchronization
import WeirStore

/// A store's events, for a test that waits for one.
final class EventLog: Sendable {
    private let events = Mutex<[StoreEvent]>([])
    private let news = DispatchSemaphore(value: 0)

    func add(_ event: StoreEvent) {
        events.withLock { $0.append(event) }
        news.signal()
    }

    var all: [StoreEvent] { events.withLock { $0 } }

    /// Whether the events become such, at most within this time.
    func become(within seconds: Double = 20, _ isSo: ([StoreEvent]) -> Bool) -> Bool {
        let deadline = DispatchTime.now() + seconds
        while !isSo(all) {
            if news.wait(timeout: deadline) == .timedOut { return isSo(all) }
        }
        return true
    }
}
