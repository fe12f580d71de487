public import WeirStore

/// A tuple that could not be processed: it was taken out so that its batch could go on without it.
public struct DeadLetter: Hashable, Sendable {
    /// The source it came from.
    public var source: String
    /// The source's partition.
    public var partition: UInt32
    /// The offset at which it begins.
    public var offset: UInt64
    /// The offset at which what follows it begins.
    public var next: UInt64
    /// The component that could not process it.
    public var component: String
    /// Why not, as the component said it; at most 1,024 bytes are kept.
    public var reason: String
    /// How often it was tried.
    public var attempts: UInt32
    /// When it was given up.
    public var time: Timestamp
    /// The tuple as an encoded row; cut off at the table's limit.
    public var row: [UInt8]
    /// The length of the whole row: more than `row` has, where it was cut off.
    public var rowLength: UInt64

    /// A dead letter with its whole row.
    public init(
        source: String, partition: UInt32, offset: UInt64, next: UInt64, component: String, reason: String, attempts: UInt32,
        time: Timestamp, row: [UInt8]
    ) {
        self.source = source
        self.partition = partition
        self.offset = offset
        self.next = next
        self.component = component
        self.reason = reason
        self.attempts = attempts
        self.time = time
        self.row = row
        rowLength = UInt64(row.count)
    }

    /// Whether the next exactly-once run of its topology processes it again.
    public internal(set) var awaitsRetry = false

    /// Whether `row` is all of it.
    public var isWhole: Bool { rowLength == UInt64(row.count) }

    static let maximumReasonBytes = 1024

    /// Cut to what is stored.
    func limited(rowBytes: Int) -> DeadLetter {
        var letter = self
        if row.count > rowBytes { letter.row = [UInt8](row.prefix(rowBytes)) }
        letter.reason = Self.prefix(of: reason, Self.maximumReasonBytes)
        letter.source = Self.prefix(of: source, Self.maximumReasonBytes)
        letter.component = Self.prefix(of: component, Self.maximumReasonBytes)
        return letter
    }

    /// As many whole characters as fit.
    private static func prefix(of text: String, _ bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: bytes)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}

extension DeadLetter: StorageValue {
    private static let version: UInt8 = 1

    /// `weir.deadletter`
    public static var storageName: String { "weir.deadletter" }

    /// `[version u8 = 1][partition u32][offset u64][next u64][attempts u32][time u64][source][component][reason][row length u64][row]`,
    /// little-endian, texts as `[length u16][UTF-8]`. O(n).
    public func withStorageBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var encoder = RowEncoder(capacity: 128 + row.count)
        encoder.integer(Self.version)
        encoder.integer(partition)
        encoder.integer(offset)
        encoder.integer(next)
        encoder.integer(attempts)
        encoder.integer(time.rawValue)
        // Texts have a 16-bit length: what was decoded always fits, and `limited` sees to it that the rest does.
        let letter = limited(rowBytes: .max)
        encoder.text(letter.source)
        encoder.text(letter.component)
        encoder.text(letter.reason)
        encoder.integer(rowLength)
        row.withUnsafeBytes { encoder.rest($0) }
        return try encoder.bytes.withUnsafeBytes(body)
    }

    /// Needs what `withStorageBytes` gave.
    public init(storageBytes: UnsafeRawBufferPointer) throws {
        var decoder = RowDecoder(storageBytes, "dead letter")
        try decoder.version(Self.version)
        partition = try decoder.integer()
        offset = try decoder.integer()
        next = try decoder.integer()
        attempts = try decoder.integer()
        time = Timestamp(rawValue: try decoder.integer())
        source = try decoder.text()
        component = try decoder.text()
        reason = try decoder.text()
        rowLength = try decoder.integer()
        row = [UInt8](decoder.rest())
        guard rowLength >= UInt64(row.count) else { throw decoder.failure("more bytes than the row has") }
    }
}
