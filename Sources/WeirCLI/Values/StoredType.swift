import WeirStore

/// A table's stored type name, as far as the command can read it.
indirect enum StoredType: Equatable {
    case string, bytes, u32, u64, i64, transactionID, f64, truth
    case pair(StoredType, StoredType)
    /// A type of the program's own: its bytes are shown.
    case other(String)

    init(_ name: String) {
        switch name {
        case String.storageName: self = .string
        case [UInt8].storageName: self = .bytes
        case UInt32.storageName: self = .u32
        case UInt64.storageName: self = .u64
        case Int64.storageName: self = .i64
        case TransactionID.storageName: self = .transactionID
        case Double.storageName: self = .f64
        case Bool.storageName: self = .truth
        default: self = Self.pair(name) ?? .other(name)
        }
    }

    /// `pair(first,second)`, split at the comma that no inner pair holds.
    private static func pair(_ name: String) -> StoredType? {
        guard name.hasPrefix("pair("), name.hasSuffix(")") else { return nil }
        let inside = name.dropFirst("pair(".count).dropLast()
        var depth = 0
        for index in inside.indices {
            switch inside[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                return .pair(StoredType(String(inside[..<index])), StoredType(String(inside[inside.index(after: index)...])))
            default: break
            }
        }
        return nil
    }

    /// How many arguments on the command line make a key.
    var parts: Int {
        if case .pair(let first, let second) = self { first.parts + second.parts } else { 1 }
    }

    /// The encoded size where it is always the same, as `StorageKey.storageSize`.
    var size: Int? {
        switch self {
        case .u32: UInt32.storageSize
        case .u64, .i64, .transactionID: UInt64.storageSize
        case .pair(let first, let second): first.size.flatMap { a in second.size.map { a + $0 } }
        case .string, .bytes, .f64, .truth, .other: nil
        }
    }
}
