import WeirStore

/// What is stored of a message that was handled: a row of `weir.responses`.
///
/// `[version u8 = 1][time u64][position u64][position's time u64][has digest u8]([digest u32 + bytes])[type u16 + UTF-8][output]`, little-endian.
package struct StoredResponse: StorageValue, Hashable, Sendable {
    /// When it was given.
    package var time: Timestamp
    /// Where it lies in the order of age.
    package var mark: ExpiryMark
    /// The digest of the input, where the function makes one.
    package var inputDigest: [UInt8]?
    /// The storage name of the output's type.
    package var type: String
    /// The output's bytes.
    package var output: [UInt8]

    package init(time: Timestamp, mark: ExpiryMark, inputDigest: [UInt8]?, type: String, output: [UInt8]) {
        self.time = time
        self.mark = mark
        self.inputDigest = inputDigest
        self.type = type
        self.output = output
    }

    private static let version: UInt8 = 1

    package static var storageName: String { "weir.response" }

    package func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var encoder = RowEncoder(capacity: 64 + output.count)
        encoder.integer(Self.version)
        encoder.integer(time.rawValue)
        encoder.mark(mark)
        encoder.integer(UInt8(inputDigest == nil ? 0 : 1))
        if let inputDigest { encoder.blob(inputDigest) }
        encoder.text(type)
        output.withUnsafeBytes { encoder.rest($0) }
        return try encoder.bytes.withUnsafeBytes(body)
    }

    package init(storageBytes: UnsafeRawBufferPointer) throws {
        var decoder = RowDecoder(storageBytes, "response row")
        try decoder.version(Self.version)
        time = Timestamp(rawValue: try decoder.integer())
        mark = try decoder.mark()
        switch try decoder.integer(UInt8.self) {
        case 0: inputDigest = nil
        case 1: inputDigest = try decoder.blob()
        case let flag: throw decoder.failure("\(flag) is no flag")
        }
        type = try decoder.text()
        output = [UInt8](decoder.rest())
    }
}

/// What is to be done with a message.
package enum ResponseVerdict: Hashable, Sendable {
    /// It is new: run the function.
    case run
    /// It was handled: give the stored output.
    case replay([UInt8])
    /// Its ID was used for another input.
    case conflict
    /// The stored output is of another type.
    case otherType(String)

    /// Facts in, verdict out. A digest that is missing on either side conflicts with nothing. O(1).
    package static func on(stored: StoredResponse?, inputDigest: [UInt8]?, type: String) -> ResponseVerdict {
        guard let stored else { return .run }
        if let known = stored.inputDigest, let inputDigest, known != inputDigest { return .conflict }
        return stored.type == type ? .replay(stored.output) : .otherType(stored.type)
    }
}
