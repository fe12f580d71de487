import WeirStore

/// A table's entries with newer ones laid over them, in key order: what a state looks like while part of it is in memory or in the journal.
struct MergedScan {
    /// A nil value says that the key is gone.
    typealias Newer = (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)

    private let newer: [Newer]
    private let prefix: UnsafeRawBufferPointer
    private var index = 0
    private var isStopped = false

    /// `newer` is in key order, and each key begins with `prefix`.
    init(_ newer: [Newer], prefix: UnsafeRawBufferPointer) {
        self.newer = newer
        self.prefix = prefix
    }

    /// O(log n + entries).
    mutating func run<Access>(
        over table: RawTable, in transaction: borrowing StoreTransaction<Access>,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        try transaction.scanRaw(table, from: prefix.isEmpty ? nil : prefix) { key, value, _ in
            guard key.starts(with: prefix) else { return .stop }
            try emit(before: key, body)
            if isStopped { return .stop }
            if index < newer.count, newer[index].key.elementsEqual(key) {
                index += 1
                guard let value = newer[index - 1].value else { return .next }
                isStopped = try body(key, value) == .stop
            } else {
                isStopped = try body(key, value) == .stop
            }
            return isStopped ? .stop : .next
        }
        try finish(body)
    }

    /// What comes after the table's last entry, or all there is without a table.
    mutating func finish(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> ScanStep) throws {
        if !isStopped { try emit(before: nil, body) }
    }

    private mutating func emit(
        before limit: UnsafeRawBufferPointer?, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        while index < newer.count {
            let (key, value) = newer[index]
            if let limit, !KeyOrder.precedes(key, limit) { return }
            index += 1
            if let value, try body(key, value) == .stop {
                isStopped = true
                return
            }
        }
    }
}

extension KeyOrder {
    /// All records, in order.
    consuming func drain(_ body: (ByteRecordPointer) -> Void) {
        while let record = take() { body(record) }
    }
}
