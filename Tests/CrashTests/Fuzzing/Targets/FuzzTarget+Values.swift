import WeirStore

extension FuzzTarget {
    /// A target for a type that tables hold. Unless told otherwise, a value that was decoded must be encoded to bytes that decode to it.
    static func value<V: StorageValue & Equatable & Sendable>(
        _ name: String, _ seeds: [V], normalized: @escaping @Sendable (V) -> V = { $0 }
    ) -> FuzzTarget {
        let encodings = seeds.map { $0.withStorageBytes { [UInt8]($0) } }
        return FuzzTarget(name: name, seeds: { encodings }) { bytes in
            guard let value = try? V(storageBytes: bytes) else { return }
            let encoded = value.withStorageBytes { [UInt8]($0) }
            try FuzzFailure.require(encoded.count <= bytes.count + 64, "\(bytes.count) bytes came back as \(encoded.count)")
            let again = try encoded.withUnsafeBytes { try V(storageBytes: $0) }
            // A number that is none is not equal to itself: its bytes are.
            let twice = again.withStorageBytes { [UInt8]($0) }
            try FuzzFailure.require(again == normalized(value) || twice == encoded, "\(value) came back as \(again)")
        }
    }

    /// The same for a key, whose bytes must moreover be the only ones that decode to it, and order as before.
    static func key<K: StorageKey & SendableMetatype>(_ name: String, _ seeds: [K]) -> FuzzTarget {
        let encodings = seeds.map { $0.withStorageBytes { [UInt8]($0) } }
        return FuzzTarget(name: name, seeds: { encodings }) { bytes in
            guard let key = try? K(storageBytes: bytes) else { return }
            let encoded = key.withStorageBytes { [UInt8]($0) }
            try FuzzFailure.require(encoded.elementsEqual(bytes), "\(key) has two encodings: a lookup would miss the other one")
        }
    }
}
