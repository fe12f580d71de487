import WeirStore

/// A row of `weir.producers`: `[version u8 = 1][kind u8]`, then what the kind says; little-endian.
package enum ProducerRow: StorageValue, Hashable, Sendable {
    /// Kind 1 under `nextID`: u64. Kind 2 under a name: the ID, u64.
    case nextID(UInt64)
    case name(UInt64)
    /// Kind 3: `[mark][producer u64][epoch u32][continued u8][from u32][name u16 + UTF-8]`.
    case registration(ProducerRegistration, name: String, mark: ExpiryMark)
    /// Kind 4: `[mark][last seen u64]`, then the state. A mark: `[position u64][time u64]`.
    case sequence(ProducerState, lastSeen: Timestamp, mark: ExpiryMark)

    private static let version: UInt8 = 1

    package static var storageName: String { "weir.producer" }

    package func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var encoder = RowEncoder(capacity: 192)
        encoder.integer(Self.version)
        switch self {
        case .nextID(let id):
            encoder.integer(UInt8(1))
            encoder.integer(id)
        case .name(let id):
            encoder.integer(UInt8(2))
            encoder.integer(id)
        case .registration(let registration, let name, let mark):
            encoder.integer(UInt8(3))
            encoder.mark(mark)
            encoder.integer(registration.producer)
            encoder.integer(registration.epoch)
            encoder.integer(UInt8(registration.continuedFrom == nil ? 0 : 1))
            encoder.integer(registration.continuedFrom ?? 0)
            encoder.text(name)
        case .sequence(let state, let lastSeen, let mark):
            encoder.integer(UInt8(4))
            encoder.mark(mark)
            encoder.integer(lastSeen.rawValue)
            state.encode(into: &encoder)
        }
        return try encoder.bytes.withUnsafeBytes(body)
    }

    package init(storageBytes: UnsafeRawBufferPointer) throws {
        var decoder = RowDecoder(storageBytes, "producer row")
        try decoder.version(Self.version)
        switch try decoder.integer(UInt8.self) {
        case 1: self = .nextID(try decoder.integer())
        case 2: self = .name(try decoder.integer())
        case 3:
            let mark = try decoder.mark()
            var registration = ProducerRegistration(producer: try decoder.integer(), epoch: try decoder.integer())
            let continued = try decoder.integer(UInt8.self)
            let from = try decoder.integer(UInt32.self)
            guard continued < 2 else { throw decoder.failure("\(continued) is no flag") }
            registration.continuedFrom = continued == 1 ? from : nil
            self = .registration(registration, name: try decoder.text(), mark: mark)
        case 4:
            let mark = try decoder.mark()
            let lastSeen = Timestamp(rawValue: try decoder.integer())
            self = .sequence(try ProducerState(from: &decoder), lastSeen: lastSeen, mark: mark)
        case let kind: throw decoder.failure("kind \(kind) is not known")
        }
        try decoder.end()
    }
}
