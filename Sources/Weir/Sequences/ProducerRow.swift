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
        var writer = RowWriter(capacity: 192)
        writer.integer(Self.version)
        switch self {
        case .nextID(let id):
            writer.integer(UInt8(1))
            writer.integer(id)
        case .name(let id):
            writer.integer(UInt8(2))
            writer.integer(id)
        case .registration(let registration, let name, let mark):
            writer.integer(UInt8(3))
            writer.mark(mark)
            writer.integer(registration.producer)
            writer.integer(registration.epoch)
            writer.integer(UInt8(registration.continuedFrom == nil ? 0 : 1))
            writer.integer(registration.continuedFrom ?? 0)
            writer.text(name)
        case .sequence(let state, let lastSeen, let mark):
            writer.integer(UInt8(4))
            writer.mark(mark)
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
            let mark = try reader.mark()
            var registration = ProducerRegistration(producer: try reader.integer(), epoch: try reader.integer())
            let continued = try reader.integer(UInt8.self)
            let from = try reader.integer(UInt32.self)
            guard continued < 2 else { throw reader.failure("\(continued) is no flag") }
            registration.continuedFrom = continued == 1 ? from : nil
            self = .registration(registration, name: try reader.text(), mark: mark)
        case 4:
            let mark = try reader.mark()
            let lastSeen = Timestamp(rawValue: try reader.integer())
            self = .sequence(try ProducerState(from: &reader), lastSeen: lastSeen, mark: mark)
        case let kind: throw reader.failure("kind \(kind) is not known")
        }
        try reader.end()
    }
}
