import WeirStore

/// Where a row of `weir.producers` lies: `gate 00 kind`, then, by kind, numbers big-endian or a name.
package struct ProducerKey: StorageKey {
    package enum Place: Hashable, Sendable {
        /// Kind 1: the next free producer ID.
        case nextID
        /// Kind 2: what a transactional name is registered as.
        case name(String)
        /// Kind 3: the registration of an ID (u64).
        case registration(UInt64)
        /// Kind 4: the sequence of a registered producer (u64) in a partition (u32).
        case registered(UInt64, partition: UInt32)
        /// Kind 5: the same of a producer that numbers itself.
        case selfNumbered(UInt64, partition: UInt32)
    }

    package let gate: String
    package let place: Place

    package init(_ gate: String, _ place: Place) {
        self.gate = gate
        self.place = place
    }

    package static var storageName: String { "weir.producer-key" }

    package func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        // On the hot path of every message: built on the stack.
        var text = ""
        if case .name(let name) = place { text = name }
        let capacity = gate.utf8.count + 14 + text.utf8.count
        return try withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 1) { room in
            var end = 0
            func append<I: FixedWidthInteger>(_ value: I) {
                room.storeBytes(of: value.bigEndian, toByteOffset: end, as: I.self)
                end += MemoryLayout<I>.size
            }
            func append(_ text: String) { for byte in text.utf8 { append(byte) } }
            append(gate)
            append(UInt8(0))
            switch place {
            case .nextID: append(UInt8(1))
            case .name(let name):
                append(UInt8(2))
                append(name)
            case .registration(let producer):
                append(UInt8(3))
                append(producer)
            case .registered(let producer, let partition), .selfNumbered(let producer, let partition):
                if case .registered = place { append(UInt8(4)) } else { append(UInt8(5)) }
                append(producer)
                append(partition)
            }
            return try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<end]))
        }
    }

    package init(storageBytes: UnsafeRawBufferPointer) throws {
        func failure() -> DecodingFailure { DecodingFailure("no key of a producer: \(storageBytes.count) bytes") }
        guard let end = storageBytes.firstIndex(of: 0), end + 1 < storageBytes.count,
            let gate = String(validating: storageBytes[..<end], as: UTF8.self)
        else { throw failure() }
        let rest = UnsafeRawBufferPointer(rebasing: storageBytes[(end + 2)...])
        func number<I: FixedWidthInteger>(at offset: Int, _ type: I.Type) -> I {
            I(bigEndian: rest.loadUnaligned(fromByteOffset: offset, as: I.self))
        }
        self.gate = gate
        switch (storageBytes[end + 1], rest.count) {
        case (1, 0): place = .nextID
        case (2, _):
            guard let name = String(validating: rest, as: UTF8.self) else { throw failure() }
            place = .name(name)
        case (3, 8): place = .registration(number(at: 0, UInt64.self))
        case (4, 12): place = .registered(number(at: 0, UInt64.self), partition: number(at: 8, UInt32.self))
        case (5, 12): place = .selfNumbered(number(at: 0, UInt64.self), partition: number(at: 8, UInt32.self))
        default: throw failure()
        }
    }
}
