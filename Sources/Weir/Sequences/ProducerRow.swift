import WeirStore

/// A row of `weir.producers`: `[version u8 = 1][kind u8]`, then what the kind says; little-endian.
package enum ProducerRow: StorageValue, Hashable, Sendable {
    /// Kind 1 under `nextID`: u64. Kind 2 under a name: the ID, u64.
    case nextID(UInt64)
    case name(UInt64)
    /// Kind 3: `[stamp u64][epoch u32][continued u8][from u32][name u16 + UTF-8]`.
    case registration(ProducerRegistration, name: String, stamp: UInt64)
    /// Kind 4: `[stamp u64][last seen u64]`, then the state.
    case sequence(ProducerState, lastSeen: Timestamp, stamp: UInt64)

    private static let version: UInt8 = 1

    package static var storageName: String { "weir.producer" }

    package func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var writer = RowWriter(capacity: 192)
        writer.integer(Self.version)
        switch self {
        case .nextID(let id):
            writer.integer(UInt8(1))
            writer.integer(id)
        case .name(let id):
            writer.integer(UInt8(2))
            writer.integer(id)
        case .registration(let registration, let name, let stamp):
            writer.integer(UInt8(3))
            writer.integer(stamp)
            writer.integer(registration.producer)
            writer.integer(registration.epoch)
            writer.integer(UInt8(registration.continuedFrom == nil ? 0 : 1))
            writer.integer(registration.continuedFrom ?? 0)
            writer.text(name)
        case .sequence(let state, let lastSeen, let stamp):
            writer.integer(UInt8(4))
            writer.integer(stamp)
            writer.integer(lastSeen.rawValue)
            state.encode(into: &writer)
        }
        return try writer.bytes.withUnsafeBytes(body)
    }

    package init(storageBytes: UnsafeRawBufferPointer) throws {
        var reader = RowReader(storageBytes, "producer row")
        try reader.version(Self.version)
        switch try reader.integer(UInt8.self) {
        case 1: self = .nextID(try reader.integer())
        case 2: self = .name(try reader.integer())
        case 3:
            let stamp = try reader.integer(UInt64.self)
            var registration = ProducerRegistration(producer: try reader.integer(), epoch: try reader.integer())
            let continued = try reader.integer(UInt8.self)
            let from = try reader.integer(UInt32.self)
            guard continued < 2 else { throw reader.failure("\(continued) is no flag") }
            registration.continuedFrom = continued == 1 ? from : nil
            self = .registration(registration, name: try reader.text(), stamp: stamp)
        case 4:
            let stamp = try reader.integer(UInt64.self)
            let lastSeen = Timestamp(rawValue: try reader.integer())
            self = .sequence(try ProducerState(from: &reader), lastSeen: lastSeen, stamp: stamp)
        case let kind: throw reader.failure("kind \(kind) is not known")
        }
        try reader.end()
    }
}
