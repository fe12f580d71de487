import WeirStore

extension StoredType {
    /// The value in these bytes. Bytes that are not what the type says are shown as bytes: looking must work on what is damaged too.
    func value(_ bytes: UnsafeRawBufferPointer) -> FieldValue {
        (try? decoded(bytes)) ?? .bytes([UInt8](bytes))
    }

    private func decoded(_ bytes: UnsafeRawBufferPointer) throws -> FieldValue {
        switch self {
        case .string: return .text(try String(storageBytes: bytes))
        case .u32: return .unsigned(UInt64(try UInt32(storageBytes: bytes)))
        case .u64: return .unsigned(try UInt64(storageBytes: bytes))
        case .transactionID: return .unsigned(try TransactionID(storageBytes: bytes).rawValue)
        case .i64: return .signed(try Int64(storageBytes: bytes))
        case .f64: return .real(try Double(storageBytes: bytes))
        case .truth: return .truth(try Bool(storageBytes: bytes))
        case .bytes, .other: return .bytes([UInt8](bytes))
        case .pair(let first, let second):
            if let size = first.size {
                guard bytes.count >= size else { throw DecodingFailure("too short") }
                return .list([
                    try first.decoded(UnsafeRawBufferPointer(rebasing: bytes[..<size])),
                    try second.decoded(UnsafeRawBufferPointer(rebasing: bytes[size...])),
                ])
            }
            // Any first part of varying size is escaped alike.
            let parts = try Pair<[UInt8], [UInt8]>(storageBytes: bytes)
            return .list([
                try parts.first.withUnsafeBytes { try first.decoded($0) }, try parts.second.withUnsafeBytes { try second.decoded($0) },
            ])
        }
    }
}
