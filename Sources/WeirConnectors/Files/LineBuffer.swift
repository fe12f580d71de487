#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Cuts blocks of bytes into lines where they lie. Knows nothing of files; bytes are put in, lines come out, and both have offsets.
///
/// Its memory is one block, and grows to a line's length when a line is longer than a block, up to the limit.
struct LineBuffer: ~Copyable {
    /// A line without its newline (and without the CR of CRLF), good until the buffer is touched again.
    struct Line {
        let bytes: UnsafeRawBufferPointer
        /// Where it begins.
        let offset: UInt64
        /// Where the next line begins.
        let next: UInt64
    }

    let maximumLineBytes: Int
    private var memory: UnsafeMutableRawBufferPointer
    /// The bytes not yet handed out.
    private var start = 0
    private var end = 0
    /// How many of them are known to hold no newline.
    private var scanned = 0
    /// The offset of the first of them.
    private(set) var offset: UInt64

    init(blockBytes: Int, maximumLineBytes: Int, offset: UInt64) {
        self.maximumLineBytes = maximumLineBytes
        memory = .allocate(byteCount: blockBytes, alignment: 16)
        self.offset = offset
    }

    deinit { memory.deallocate() }

    /// The offset of the next byte to put in.
    var endOffset: UInt64 { offset + UInt64(end - start) }
    var isEmpty: Bool { start == end }
    /// Whether what waits for its newline is longer than a line may be (the newline and a CR not counted).
    var isTooLong: Bool { end - start > maximumLineBytes + 1 }

    /// The next whole line, or nil when more bytes are needed.
    mutating func nextLine() -> Line? {
        guard end - start > scanned, let base = memory.baseAddress else { return nil }
        let from = base + start + scanned
        guard let newline = memchr(from, 0x0A, end - start - scanned) else {
            scanned = end - start
            return nil
        }
        return take(UnsafeRawPointer(newline) - UnsafeRawPointer(base + start), separator: 1)
    }

    /// What is left when there will be no more bytes: a last line without newline, or nil.
    mutating func rest() -> Line? { isEmpty ? nil : take(end - start, separator: 0) }

    private mutating func take(_ count: Int, separator: Int) -> Line {
        var length = count
        if length > 0, memory[start + length - 1] == 0x0D { length -= 1 }
        let bytes = UnsafeRawBufferPointer(rebasing: memory[start..<start + length])
        let line = Line(bytes: bytes, offset: offset, next: offset + UInt64(count + separator))
        start += count + separator
        offset = line.next
        scanned = 0
        return line
    }

    /// Takes in bytes that `read` puts into free room; it says how many. What `read` gets is never empty.
    mutating func fill<E: Error>(_ read: (UnsafeMutableRawBufferPointer) throws(E) -> Int) throws(E) -> Int {
        if start > 0 {
            memory.baseAddress?.copyMemory(from: UnsafeRawPointer(memory.baseAddress! + start), byteCount: end - start)
            end -= start
            start = 0
        }
        if end == memory.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count * 2, alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(memory))
            memory.deallocate()
            memory = larger
        }
        let count = try read(UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
        end += count
        return count
    }

    /// Forgets what it holds and goes on elsewhere.
    mutating func move(to offset: UInt64) {
        start = 0
        end = 0
        scanned = 0
        self.offset = offset
    }
}
