import Synchronization

/// Arenas to use again, last in first out, so that a warm one comes next.
///
/// Bounded by what can be under way at once (channels times their depth); arenas that grew for a large row are not kept.
final class ArenaPool: Sendable {
    let arenaBytes: Int
    // Sendable: a free arena belongs to nobody; it is reached under the mutex only.
    private struct Free: @unchecked Sendable {
        var head: UnsafeMutablePointer<Arena>?
        var allocated = 0
    }
    private let free = Mutex(Free())

    init(arenaBytes: Int) { self.arenaBytes = arenaBytes }

    deinit {
        free.withLock { free in
            while let arena = free.head {
                free.head = arena.pointee.next
                arena.pointee.deallocate()
                arena.deallocate()
            }
        }
    }

    /// How many arenas there are, in use or not.
    var allocated: Int { free.withLock { $0.allocated } }

    func take() -> UnsafeMutablePointer<Arena> {
        let taken = free.withLock { free -> UInt in
            guard let arena = free.head else {
                free.allocated += 1
                return 0
            }
            free.head = arena.pointee.next
            return UInt(bitPattern: arena)
        }
        if let arena = UnsafeMutablePointer<Arena>(bitPattern: taken) { return arena }
        let arena = UnsafeMutablePointer<Arena>.allocate(capacity: 1)
        arena.initialize(to: Arena(capacity: arenaBytes))
        return arena
    }

    func give(_ arena: UnsafeMutablePointer<Arena>) {
        if arena.pointee.capacity > arenaBytes {
            arena.pointee.base.deallocate()
            arena.pointee.base = .allocate(byteCount: arenaBytes, alignment: 64)
            arena.pointee.capacity = arenaBytes
        }
        arena.pointee.count = 0
        arena.pointee.rows = 0
        arena.pointee.anchorCount = 0
        let address = UInt(bitPattern: arena)
        free.withLock { free in
            let arena = UnsafeMutablePointer<Arena>(bitPattern: address)
            arena?.pointee.next = free.head
            free.head = arena
        }
    }
}
